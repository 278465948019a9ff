import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { DnsServer } from './dns/testing/dns-server.js';
import { WebServer } from './http/testing/web-server.js';
import { ClockWatch } from './kernel/clock.js';
import { kernelAvailability } from './kernel/libc.js';
import { loadProbe } from './registry.js';
import { contextFor } from './sdk/conformance/check.js';
import { runProbe, type ProbeRun } from './sdk/run.js';
import { parseTarget } from './sdk/target.js';
import { tapRefusal } from './tcp/tap.js';

const kernel = kernelAvailability();
const why = kernel.available ? '' : ` (skipped: ${kernel.reason})`;

/** The watch says that the clock was stepped, without anybody setting it: each time, or the n-th time that it looks. */
function stepClock(onLook?: number): void {
  let looks = 0;
  vi.spyOn(ClockWatch.prototype, 'stepMs').mockImplementation(() => {
    looks += 1;
    return onLook === undefined || looks === onLook ? 1500 : 0;
  });
}

describe.skipIf(!kernel.available)(`samples across a step of the wall clock${why}`, () => {
  const answering = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', () => socket.end('yes'));
  });
  const dns = new DnsServer((name) => ({ answers: [{ type: 'A', name, ttl: 60, data: '192.0.2.1' }] }));
  const web = new WebServer();
  let places: Readonly<Record<'tcp' | 'dns' | 'http', string>>;

  beforeAll(async () => {
    await once(answering.listen(0, '127.0.0.1'), 'listening');
    const { port } = answering.address() as AddressInfo;
    places = {
      ...{ tcp: `127.0.0.1:${port}`, dns: `127.0.0.1:${await dns.udp()}` },
      http: `http://127.0.0.1:${await web.plain()}/`,
    };
  });
  afterEach(() => void vi.restoreAllMocks());
  afterAll(() => {
    answering.close();
    dns.close();
    web.close();
  });

  async function run(name: string, target: string, settings: object): Promise<ProbeRun> {
    const probe = await loadProbe(name);
    return runProbe(probe, settings, await contextFor(probe, { target: () => parseTarget(target), settings }));
  }

  it('are counted by ping, and have no round-trip time', async () => {
    stepClock();
    const { metrics, absent, details, distributions, error } = await run('ping', '127.0.0.1', { count: 3, intervalMs: 5 });
    expect(metrics).toMatchObject({ 'ping.sent': 3, 'ping.received': 3, 'ping.loss': 0 });
    expect(distributions).toEqual({});
    expect(absent['ping.rtt.p50']).toMatch(/wall clock was stepped/);
    expect(details).toMatchObject({ acrossClockStep: 3 });
    expect(error).toBeNull();
  });

  it('are the only ones that dns drops', async () => {
    stepClock(2);
    const settings = { name: 'www.example.test', count: 3, intervalMs: 0, warmUp: false };
    const { distributions, details, error } = await run('dns', places.dns, settings);
    expect(distributions['dns.time']).toHaveLength(2);
    expect(details).toMatchObject({
      queries: [{ ms: expect.any(Number) as number }, { acrossClockStep: true }, { ms: expect.any(Number) as number }],
    });
    expect(error).toBeNull();
  });

  it('leave dns without a time, and with the answer', async () => {
    stepClock();
    const { metrics, absent, error } = await run('dns', places.dns, { name: 'www.example.test', count: 2, intervalMs: 0 });
    expect(metrics).toMatchObject({ 'dns.rcode': 0, 'dns.answers': 1, 'dns.ok': 1 });
    for (const id of ['dns.time', 'dns.time.cached']) expect(absent[id]).toMatch(/wall clock.*was stepped/);
    expect(error).toBeNull();
  });

  it('have no times of the tap in tcp, and those that the kernel measured by its monotonic clock', async () => {
    stepClock();
    const { metrics, absent, error } = await run('tcp', places.tcp, { count: 2, intervalMs: 0, transfer: 'request' });
    expect(metrics['tcp.handshake.syn_ack']).toBeGreaterThan(0);
    const tapped = ['tcp.handshake.syn', 'tcp.handshake.ack', 'tcp.handshake.server_processing'];
    // Without the privilege for a tap there is none to drop anything of.
    const reason = tapRefusal() === undefined ? /wall clock.*was stepped/ : /packet socket/;
    for (const id of tapped) expect(absent[id], id).toMatch(reason);
    expect(absent['tcp.connect_time']).toMatch(/wall clock.*was stepped/);
    expect(error).toBeNull();
  });

  it('are as good as any in http, which measures by the monotonic clock alone', async () => {
    stepClock();
    const { metrics } = await run('http', places.http, {});
    for (const id of ['http.tcp', 'http.ttfb', 'http.total']) expect(metrics[id], id).toBeGreaterThan(0);
  });
});
