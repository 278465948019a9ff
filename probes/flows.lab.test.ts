import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnsweringConfig } from './lab/answering.js';
import { addParallelLink, Lab, labAvailability, needsLab, type BehindBoth, type CapturedPacket } from './lab/index.js';
import type { FlowIdentity } from './sdk/flow.js';
import type { Json } from './sdk/probe.js';
import type { ProbeRun } from './sdk/run.js';

const skip = !labAvailability().available;

interface Figures {
  readonly id?: number;
  readonly sourcePort?: number;
  readonly sent: number;
  readonly received: number;
  readonly lossPercent: number;
  readonly rttMs?: { readonly min: number; readonly median: number; readonly max: number };
}

const figuresOf = ({ details }: ProbeRun): readonly Figures[] => (details as unknown as { flows: readonly Figures[] }).flows;
const flowOf = ({ flow }: ProbeRun): FlowIdentity => flow as FlowIdentity;

async function run(lab: Lab, probe: string, target: string, settings: Json): Promise<ProbeRun> {
  const [result] = await lab.runProbe('client', probe, target, settings);
  if (!result) throw new Error('the runner gave no run');
  return result.run;
}

describe.skipIf(skip)(needsLab('several flows over two equal links, of which one loses everything'), () => {
  const FLOWS = 16;
  let lab: Lab;
  let server: BehindBoth;
  let ports: Readonly<Record<string, number>>;

  beforeAll(async () => {
    lab = await Lab.pair({ impairments: {} });
    server = await addParallelLink(lab);
    const names: AnsweringConfig = { kind: 'dns', delayMs: 0 };
    ports = {
      tcp: await lab.serveTcp('server', { kind: 'sink' }),
      dns: (await lab.start('server', 'answering', names).next<{ port: number }>()).port,
    };
    await lab.link().set({ forward: { lossPercent: 100 }, backward: {} });
  });
  afterAll(() => lab.close());

  /** Source ports whose packets left by the wire. */
  async function portsOnWire(packets: readonly CapturedPacket[]): Promise<Set<number | undefined>> {
    const { stdout } = await lab.run('client', 'cat', [`/sys/class/net/${lab.link().left.device}/ifindex`]);
    const onWire = packets.filter(({ direction, device }) => direction === 'out' && device === Number(stdout));
    return new Set(onWire.map(({ sourcePort }) => sourcePort));
  }

  it.each([
    ['tcp', 'v4', {}],
    ['tcp', 'v6', {}],
    ['dns', 'v4', { name: 'www.example.test' }],
    ['dns', 'v6', { name: 'www.example.test' }],
  ] as const)('%s: those that the faulty link gets are lost, the others are not (%s)', { timeout: 60_000 }, async (name, family, own) => {
    const address = server[family];
    const target = `${family === 'v4' ? address : `[${address}]`}:${ports[name]}`;
    const capture = await lab.capture('client');
    const result = await run(lab, name, target, { ...own, flows: FLOWS, count: FLOWS, intervalMs: 0, timeoutMs: 200, warmUp: false });
    const onWire = await portsOnWire(await capture.stop());
    const flows = figuresOf(result);
    expect(flowOf(result).flows).toEqual(flows.map(({ sourcePort }) => ({ sourcePort })));
    expect(new Set(flows.map(({ sourcePort }) => sourcePort)).size).toBe(FLOWS);
    const lossy = flows.map(({ sourcePort }) => onWire.has(sourcePort));
    expect(lossy).toContain(true);
    expect(lossy).toContain(false);
    expect(flows.map(({ lossPercent }) => lossPercent)).toEqual(lossy.map((lost) => (lost ? 100 : 0)));
    expect(flows.map(({ rttMs }) => rttMs === undefined)).toEqual(lossy);
    expect(result.status).toBe('OK');
  });
});

describe.skipIf(skip)(needsLab('several flows of ping, of which one is lost'), () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.pair({ impairments: {} });
  });
  afterAll(() => lab.close());

  it.each(['v4', 'v6'] as const)('tell which by their identifiers, the same in each run (%s)', async (family) => {
    const settings = { flows: 3, count: 30, intervalMs: 5, timeoutMs: 300 };
    await lab.link().set({ forward: {}, backward: {} });
    const healthy = await run(lab, 'ping', lab.server[family], settings);
    const ids = figuresOf(healthy).map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
    expect(figuresOf(healthy)).toEqual(ids.map((id) => expect.objectContaining({ id, sent: 10, received: 10, lossPercent: 0 }) as unknown));
    expect(healthy.metrics).toMatchObject({ 'ping.sent': 30, 'ping.received': 30, 'ping.loss': 0 });
    await lab.link().set({ forward: { lostFlow: ids[1] }, backward: {} });
    const faulty = await run(lab, 'ping', lab.server[family], settings);
    expect(flowOf(faulty)).toMatchObject({ id: ids[0], flows: ids.map((id) => ({ id })) });
    expect(figuresOf(faulty).map(({ id, sent, lossPercent }) => ({ id, sent, lossPercent }))).toEqual(
      ids.map((id, index) => ({ id, sent: 10, lossPercent: index === 1 ? 100 : 0 })),
    );
    expect(faulty.metrics).toMatchObject({ 'ping.sent': 30, 'ping.received': 20 });
    expect(faulty.error).toBeNull();
  });
});

describe.skipIf(skip)(needsLab('a run whose neighbour has to be asked for first'), () => {
  const RUNS = 5;
  /** The router answers for the server, after a random time up to this (proxy_delay in arp(7), hundredths of a second). */
  const LATE_CS = 15;
  /** No packet of the lab takes so long, nor does an answer that comes from a table, ms. */
  const LATE_MS = 20;
  let lab: Lab;
  let port: number;

  beforeAll(async () => {
    lab = await Lab.chain(['client', 'router', 'server']);
    port = await lab.serveTcp('server', { kind: 'sink' });
    const near = '/proc/sys/net/ipv4';
    const late = `echo 1 > ${near}/conf/to-client/proxy_arp; echo ${LATE_CS} > ${near}/neigh/to-client/proxy_delay`;
    expect((await lab.run('router', 'sh', ['-ec', late])).code).toBe(0);
    expect((await lab.run('client', 'ip', ['route', 'add', `${lab.server.v4}/32`, 'dev', 'to-router'])).code).toBe(0);
  });
  afterAll(() => lab.close());

  /** Time until connected, run by run, each with an empty neighbour table. */
  async function connectTimes(warmUp: boolean): Promise<number[]> {
    const times: number[] = [];
    for (let index = 0; index < RUNS; index += 1) {
      expect((await lab.run('client', 'ip', ['neigh', 'flush', 'dev', 'to-router'])).code).toBe(0);
      const { metrics } = await run(lab, 'tcp', `${lab.server.v4}:${port}`, { warmUp, method: 'tcp-info' });
      times.push(metrics['tcp.connect_time'] ?? Number.NaN);
    }
    return times.sort((a, b) => a - b);
  }

  it('holds that time in its first sample without the warm-up, and not with it', { timeout: 60_000 }, async () => {
    const [cold, warm] = [await connectTimes(false), await connectTimes(true)];
    expect(cold.at(-1)).toBeGreaterThan(LATE_MS);
    expect(warm[RUNS >> 1]).toBeLessThan(LATE_MS);
  });

  it('asks once for runs that follow one another: each question costs the next hop an answer', { timeout: 60_000 }, async () => {
    const DISCARD = 9;
    const capture = await lab.capture('client');
    const results = await lab.runProbe('client', 'tcp', `${lab.server.v4}:${port}`, { method: 'tcp-info' }, { times: RUNS });
    const asked = (await capture.stop()).filter(({ direction, destinationPort }) => direction === 'out' && destinationPort === DISCARD);
    // A neighbour that takes too long is asked again by the next run.
    expect(results).toHaveLength(RUNS);
    expect(asked.length).toBeLessThan(RUNS);
  });
});
