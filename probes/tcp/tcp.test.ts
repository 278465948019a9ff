import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testProbe } from '../sdk/conformance.js';
import { runProbe, type ProbeRun } from '../sdk/run.js';
import { parseTarget } from '../sdk/target.js';
import { whyNoDrop, withoutNetRaw } from '../lab/without-net-raw.js';
import tcp from './index.js';

/** To be ended with the tests. */
const clients: Socket[] = [];
const servers: Server[] = [];

/** A listener on the loopback of this family; gives its port. */
async function listen(host: string, serve: (socket: Socket) => unknown): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    clients.push(socket);
    serve(socket);
  });
  servers.push(server.listen(0, host));
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

let sink: number;
let sink6: number;
let answering: number;
let refusing: number;

beforeAll(async () => {
  sink = await listen('127.0.0.1', (socket) => socket.resume());
  sink6 = await listen('::1', (socket) => socket.resume());
  answering = await listen('127.0.0.1', (socket) => socket.once('data', (data) => socket.end(`you said ${data.length} bytes`)));
  refusing = await listen('127.0.0.1', (socket) => socket.destroy());
  const last = servers.pop();
  last?.close();
  if (last) await once(last, 'close');
});

afterAll(() => {
  for (const socket of clients) socket.destroy();
  for (const server of servers) server.close();
});

async function run(target: string, settings: object = {}, seed = 'a'): Promise<ProbeRun> {
  const signal = AbortSignal.timeout(20_000);
  const context = {
    target: parseTarget(target),
    signal,
    deadline: performance.now() + 20_000,
    seed,
    cycle: { sendSlipsMs: [], receiveDrops: 0 },
  };
  return runProbe(tcp, settings, context);
}

const kernelRuns = process.platform === 'linux';
const why = kernelRuns ? '' : ' (skipped: the kernel layer is written for Linux)';

testProbe(
  tcp,
  {
    target: () => parseTarget(`127.0.0.1:${sink}`),
    settings: { count: 2, intervalMs: 1 },
    unreachable: { target: () => parseTarget(`127.0.0.1:${refusing}`) },
    slow: { target: () => parseTarget(`127.0.0.1:${sink}`), settings: { count: 20, intervalMs: 100 } },
    freeText: ['request'],
  },
  { describe, it },
);

describe.skipIf(!kernelRuns)(`the tcp probe through sockets of its own${why}`, () => {
  it('measures handshakes over IPv4 and IPv6', async () => {
    for (const target of [`127.0.0.1:${sink}`, `[::1]:${sink6}`]) {
      const result = await run(target, { count: 3, intervalMs: 1 });
      expect(result.status, target).toBe('OK');
      expect(result.metrics, target).toMatchObject({ 'tcp.ok': 1, 'tcp.handshake.syn_retransmits': 0, 'tcp.sack': 1 });
      expect(result.metrics['tcp.handshake.syn_ack']).toBeGreaterThan(0);
      expect(result.distributions['tcp.rtt']).toHaveLength(3);
    }
  });

  it('never says a bound that is larger than what a loopback takes at all, and halves the estimate honestly', async () => {
    const { metrics, errorBounds } = await run(`127.0.0.1:${sink}`);
    expect(errorBounds['tcp.handshake.syn_ack']).toBeLessThanOrEqual(0.1);
    expect(errorBounds['tcp.handshake.one_way_delay_estimate']).toBe(metrics['tcp.handshake.one_way_delay_estimate']);
  });

  it('keeps the flow of a test: the same source port each time, another for another test', async () => {
    const port = async (seed: string): Promise<unknown> =>
      ((await run(`127.0.0.1:${sink}`, {}, seed)).flow as { sourcePort: number }).sourcePort;
    expect([await port('one'), await port('one')]).toEqual([await port('one'), await port('one')]);
    expect(await port('two')).not.toBe(await port('one'));
  });

  it('gives the server the port that it reports', async () => {
    const seen: (number | undefined)[] = [];
    const port = await listen('127.0.0.1', (socket) => {
      seen.push(socket.remotePort);
      socket.once('data', () => socket.end('yes'));
    });
    const result = await run(`127.0.0.1:${port}`, { transfer: 'request' });
    expect(seen).toEqual([(result.flow as { sourcePort: number }).sourcePort]);
  });

  it('warms up without a connection of the server’s', async () => {
    let connections = 0;
    const port = await listen('127.0.0.1', () => (connections += 1));
    await run(`127.0.0.1:${port}`, { count: 2, intervalMs: 1, warmUp: false });
    await run(`127.0.0.1:${port}`, { count: 2, intervalMs: 1, warmUp: true });
    // The listener accepts when its turn in this process comes.
    await expect.poll(() => connections).toBe(2 + 2);
  });

  it('tells a refusal at once, with the port and what to do', async () => {
    const result = await run(`127.0.0.1:${refusing}`, { count: 5 });
    expect(result).toMatchObject({ status: 'FAILED', error: { code: 'REFUSED' }, metrics: { 'tcp.ok': 0 } });
    expect(result.error?.message).toContain(`127.0.0.1:${refusing}`);
    expect((result.details as { handshakes: unknown[] }).handshakes).toHaveLength(1);
  });

  it('tells a name that nobody knows', async () => {
    expect((await run('no-such-name.invalid:80')).error?.code).toBe('DNS_FAILURE');
  });

  it('keeps the delays of a blocked event loop out of its figures', async () => {
    const block = setInterval(() => {
      const end = performance.now() + 20;
      while (performance.now() < end);
    }, 21);
    const result = await run(`127.0.0.1:${sink}`, { count: 10, intervalMs: 5 });
    clearInterval(block);
    expect(result.metrics['tcp.handshake.syn_ack']).toBeLessThan(5);
    expect(result.metrics['tcp.handshake.total']).toBeLessThan(10);
  });

  it('sends, and says how the transfer fared with a timeline', async () => {
    const result = await run(`127.0.0.1:${sink}`, { transfer: 'send', bytes: 5_000_000 });
    expect(result.status).toBe('OK');
    expect(result.details).toMatchObject({ transfer: { kind: 'send', completed: true, ackedBytes: 5_000_000 } });
    expect(result.metrics['tcp.cwnd.max']).toBeGreaterThanOrEqual(result.metrics['tcp.cwnd.min'] ?? Number.NaN);
    expect(result.metrics['tcp.rtt.max']).toBeGreaterThanOrEqual(result.metrics['tcp.rtt.min'] ?? Number.NaN);
  });

  it('asks for something and reads the response to its end', async () => {
    const result = await run(`127.0.0.1:${answering}`, { transfer: 'request', request: 'hello\n' });
    expect(result.details).toMatchObject({ transfer: { kind: 'request', completed: true, responseBytes: 'you said 7 bytes'.length } });
    const noTap = (result.details as { tap: string }).tap !== 'used';
    if (noTap) expect(result.absent['tcp.handshake.server_processing']).toMatch(/packet socket/);
    else expect(result.metrics['tcp.handshake.server_processing']).toBeGreaterThanOrEqual(0);
  });

  it('says of a transfer to a server that hangs up that it hung up', async () => {
    const rude = await listen('127.0.0.1', (socket) => socket.once('data', () => socket.resetAndDestroy()));
    const result = await run(`127.0.0.1:${rude}`, { transfer: 'send', bytes: 20_000_000 });
    expect(result).toMatchObject({ status: 'PARTIAL', error: { code: 'PROTOCOL' } });
    expect(result.metrics['tcp.handshake.syn_ack']).toBeGreaterThan(0);
  });

  it('measures without the tap as well, and says what is missing then', async () => {
    const result = await run(`127.0.0.1:${sink}`, { method: 'tcp-info' });
    expect(result.method).not.toContain('tap');
    expect(result.metrics['tcp.handshake.syn_ack']).toBeGreaterThan(0);
    expect(result.absent['tcp.handshake.ack']).toMatch(/tap/);
  });

  it('runs hundreds side by side and mixes none of them up', async () => {
    const runs = await Promise.all(Array.from({ length: 200 }, (_, index) => run(`127.0.0.1:${sink}`, {}, `many ${index}`)));
    expect(runs.filter(({ status }) => status !== 'OK')).toEqual([]);
    const ports = runs.map(({ flow }) => (flow as { sourcePort: number }).sourcePort);
    // Some hash to the same port; the kernel lets only one of them have it at a time.
    expect(new Set(ports).size).toBeGreaterThan(150);
  });
});

const whyNot = kernelRuns ? whyNoDrop() : 'no kernel interface here';

describe.skipIf(whyNot !== undefined)(`the tcp probe without CAP_NET_RAW${whyNot === undefined ? '' : ` (skipped: ${whyNot})`}`, () => {
  it('measures by TCP_INFO, and says what is missing and how to allow it', async () => {
    const result = await withoutNetRaw('tcp', `127.0.0.1:${sink}`);
    expect(result).toMatchObject({ status: 'OK', method: 'own socket, TCP_INFO', metrics: { 'tcp.ok': 1 } });
    expect(result.absent['tcp.handshake.ack']).toMatch(/no packet socket here \(EPERM\)/);
  });
});

describe("the tcp probe by Node's own connect events", () => {
  it('gives the connect time with its larger bound and a reason for the rest', async () => {
    const result = await run(`127.0.0.1:${sink}`, { method: 'node', count: 2, intervalMs: 1 });
    expect(result.status).toBe('OK');
    expect(Object.keys(result.metrics).sort()).toEqual(['tcp.connect_time', 'tcp.ok']);
    expect(result.errorBounds['tcp.connect_time']).toBeGreaterThan(0.5);
  });

  it('tells a refusal', async () => {
    expect((await run(`127.0.0.1:${refusing}`, { method: 'node' })).error?.code).toBe('REFUSED');
  });

  it('refuses a DSCP, which it cannot set', async () => {
    expect((await run(`127.0.0.1:${sink}`, { method: 'node', dscp: 46 })).error?.code).toBe('UNSUPPORTED');
  });
});
