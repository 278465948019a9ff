import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handshakes, Lab, labAvailability, lostSegments, needsLab, segmentsSentAgain } from '../lab/index.js';
import type { ProbeRun } from '../sdk/run.js';

const { available } = labAvailability();

async function probe(lab: Lab, target: string, settings: object = {}): Promise<ProbeRun> {
  const [result] = await lab.runProbe('client', 'tcp', target, { ...settings });
  if (!result) throw new Error('the runner gave no run');
  return result.run;
}

const value = ({ metrics }: ProbeRun, id: string): number => metrics[id] ?? Number.NaN;
const analysisOf = ({ details }: ProbeRun): unknown => (details as { analysis: unknown }).analysis;
const verdictOf = ({ details }: ProbeRun): unknown => (details as { verdict: { bottleneck: string } }).verdict.bottleneck;

describe.skipIf(!available)(needsLab('handshakes over a path of known behaviour'), () => {
  let lab: Lab;
  let port: number;
  const DELAY = { forward: { delayMs: 4 }, backward: { delayMs: 6 } };

  beforeAll(async () => {
    lab = await Lab.pair({ impairments: DELAY });
    port = await lab.serveTcp('server', { kind: 'sink' });
  });
  afterAll(() => lab.close());

  it.each(['v4', 'v6'] as const)('agree with a capture of the same segments (%s)', async (family) => {
    const capture = await lab.capture('client');
    const address = family === 'v4' ? lab.server.v4 : `[${lab.server.v6}]`;
    const run = await probe(lab, `${address}:${port}`);
    const [truth] = handshakes(await capture.stop());
    expect(value(run, 'tcp.handshake.syn_ack')).toBeGreaterThanOrEqual(10);
    expect(Math.abs(value(run, 'tcp.handshake.syn_ack') - (truth?.synAckMs ?? Number.NaN))).toBeLessThan(0.1);
    expect(Math.abs(value(run, 'tcp.handshake.ack') - (truth?.ackMs ?? Number.NaN))).toBeLessThan(0.1);
  });

  it('carry their DSCP from the SYN on', async () => {
    const capture = await lab.capture('server');
    await probe(lab, `${lab.server.v4}:${port}`, { dscp: 46 });
    const arrived = (await capture.stop()).filter(({ direction, protocol }) => direction === 'in' && protocol === 6);
    expect(arrived.length).toBeGreaterThan(0);
    expect(new Set(arrived.map(({ tos }) => tos >> 2))).toEqual(new Set([46]));
  });

  it('tell a lost SYN from a slow one: it is counted, and no RTT is made of it', async () => {
    await lab.link().set({ forward: { delayMs: 4, dropNext: 1 } });
    const run = await probe(lab, `${lab.server.v4}:${port}`, { warmUp: false });
    expect(run.metrics).toMatchObject({ 'tcp.ok': 1, 'tcp.handshake.syn_retransmits': 1 });
    expect(run.absent['tcp.handshake.syn_ack']).toMatch(/first try/);
    expect(run.distributions).toEqual({});
    // The kernel sends a SYN again after a second.
    expect(value(run, 'tcp.connect_time')).toBeGreaterThan(1000);
    // The time stamp that the server gives back names the SYN that it got.
    expect(analysisOf(run)).toMatch(/1 SYN was lost on the way to the server/);
  });

  it('tell a lost answer from a lost SYN', async () => {
    // Both ends send again after a second, some 30 ms later at the most: the client has to be the first, or the server's second answer spares it that.
    await lab.link().set({ forward: { delayMs: 150 }, backward: { dropNext: 1 } });
    const run = await probe(lab, `${lab.server.v4}:${port}`, { warmUp: false });
    await lab.link().set(DELAY);
    expect(run.metrics).toMatchObject({ 'tcp.ok': 1, 'tcp.handshake.syn_retransmits': 1 });
    expect(analysisOf(run)).toMatch(/1 SYN was sent again though one before had arrived: .*lost on the way back/);
  });

  it('tell silence from a refusal, and count the SYNs', async () => {
    await lab.link().set({ forward: { lossPercent: 100 } });
    const run = await probe(lab, `${lab.server.v4}:${port}`, { timeoutMs: 1_500 });
    await lab.link().set(DELAY);
    expect(run).toMatchObject({ error: { code: 'TIMEOUT' }, metrics: { 'tcp.ok': 0, 'tcp.handshake.syn_retransmits': 1 } });
    expect(run.error?.message).toContain('2 SYNs sent');
  });

  it("tell the server's time from the network's", async () => {
    const slow = await lab.serveTcp('server', { kind: 'answer', delayMs: 30, bytes: 100 });
    // On a busy machine a server answers later than it means to, and that is what the probe tells: the soonest of a few is the delay.
    const times: number[] = [];
    for (let n = 0; n < 3; n += 1) {
      const run = await probe(lab, `${lab.server.v4}:${slow}`, { transfer: 'request', request: 'hello\n' });
      times.push(value(run, 'tcp.handshake.server_processing'));
    }
    expect(Math.min(...times)).toBeGreaterThan(28);
    expect(Math.min(...times)).toBeLessThan(60);
  });
});

describe.skipIf(!available)(needsLab('connections that a router does not let through'), () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.chain(['client', 'router', 'server']);
    await lab.refuse('router', 'prohibit', '198.18.100.0/24');
    await lab.refuse('router', 'unreachable', '198.18.101.0/24');
    await lab.refuse('router', 'prohibit', 'fd53:5357:1::/64');
    await lab.refuse('router', 'unreachable', 'fd53:5357:2::/64');
    await lab.refuse('client', 'prohibit', '198.18.102.0/24');
    await lab.refuse('client', 'unreachable', '198.18.103.0/24');
  });
  afterAll(() => lab.close());

  it.each([
    ['198.18.100.1:80', 'DENIED'],
    ['[fd53:5357:1::1]:80', 'DENIED'],
    ['198.18.101.1:80', 'UNREACHABLE'],
    ['[fd53:5357:2::1]:80', 'UNREACHABLE'],
  ])('%s is %s by the ICMP error, which names the router', async (target, code) => {
    const run = await probe(lab, target);
    expect(run).toMatchObject({ status: 'FAILED', error: { code }, metrics: { 'tcp.ok': 0 } });
    expect(run.error?.message).toMatch(/198\.18\.1\.2|fd53/);
  });

  it.each([
    ['198.18.102.1:80', 'DENIED'],
    ['198.18.103.1:80', 'UNREACHABLE'],
  ])('%s is %s by the own host’s routes', async (target, code) => {
    const run = await probe(lab, target);
    expect(run).toMatchObject({ error: { code }, metrics: { 'tcp.ok': 0 } });
    expect(run.error?.message).toContain('this host');
  });

  it('a neighbour that answers no ARP is UNREACHABLE', async () => {
    await lab.run('client', 'ip', ['route', 'add', '198.18.104.0/24', 'dev', 'to-router']);
    const run = await probe(lab, '198.18.104.1:80', { timeoutMs: 10_000 });
    expect(run.error).toMatchObject({ code: 'UNREACHABLE' });
    expect(run.error?.message).toMatch(/^198\.18\.104\.1:80: .*does not answer/);
  });
});

describe.skipIf(!available)(needsLab('transfers over a path of known behaviour'), () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.pair({ impairments: { forward: { delayMs: 5 }, backward: { delayMs: 5 } } });
  });
  afterAll(() => lab.close());

  it('blame the network for a narrow path, and find its rate', async () => {
    await lab.link().set({ forward: { delayMs: 5, rateKbit: 20_000, queuePackets: 100 } });
    const port = await lab.serveTcp('server', { kind: 'sink' });
    const run = await probe(lab, `${lab.server.v4}:${port}`, { transfer: 'send', bytes: 2_500_000 });
    await lab.link().set({ forward: { delayMs: 5 } });
    expect(verdictOf(run)).toBe('network');
    expect(analysisOf(run)).toMatch(/The network limited it: .*On which hop, .*cannot be told/);
    expect(value(run, 'tcp.limited.network')).toBeGreaterThan(80);
    expect(value(run, 'tcp.delivery_rate')).toBeGreaterThan(10);
    expect(value(run, 'tcp.delivery_rate')).toBeLessThan(20.5);
  });

  it('blame the receiver for a reader that is slow', async () => {
    const port = await lab.serveTcp('server', { kind: 'slow-reader', bytes: 4096, everyMs: 20 });
    const run = await probe(lab, `${lab.server.v4}:${port}`, { transfer: 'send', bytes: 20_000_000, transferMs: 3_000 });
    expect(verdictOf(run)).toBe('receiver');
    // It takes 1.6 Mbit/s of a path without a limit: but for the beginning its window is all that counts.
    expect(value(run, 'tcp.limited.receiver')).toBeGreaterThan(75);
    expect(value(run, 'tcp.limited.sender')).toBe(0);
    expect(value(run, 'tcp.zero_window_events')).toBeGreaterThan(0);
    expect(analysisOf(run)).toMatch(/The receiver limited it: /);
    expect(run.details).toMatchObject({ transfer: { completed: false } });
  });

  it('blame the sender for a send buffer that is too small', async () => {
    // Other congestion controls (BBR) would spread what the buffer holds over the whole RTT, and take that for what the path can do.
    await lab.run('client', 'sh', ['-c', 'echo reno > /proc/sys/net/ipv4/tcp_congestion_control']);
    await lab.link().set({ forward: { delayMs: 20 }, backward: { delayMs: 20 } });
    const port = await lab.serveTcp('server', { kind: 'sink' });
    const run = await probe(lab, `${lab.server.v4}:${port}`, { transfer: 'send', bytes: 2_000_000, sendBufferBytes: 16_384 });
    await lab.link().set({ forward: { delayMs: 5 }, backward: { delayMs: 5 } });
    expect(verdictOf(run)).toBe('sender');
    expect(value(run, 'tcp.limited.sender')).toBeGreaterThan(50);
    expect(value(run, 'tcp.limited.receiver')).toBeLessThan(10);
    expect(analysisOf(run)).toMatch(/The sender limited it: .*larger buffer cannot be told/);
    expect(run.details).toMatchObject({ congestionControl: 'reno', transfer: { completed: true } });
  });

  it('blame nobody where there was too little to send, and give no rate', async () => {
    const port = await lab.serveTcp('server', { kind: 'sink' });
    const run = await probe(lab, `${lab.server.v4}:${port}`, { transfer: 'send', bytes: 5_000 });
    expect(verdictOf(run)).toBe('none');
    expect(run.absent['tcp.delivery_rate']).toMatch(/app-limited/);
    expect(run.absent['tcp.limited.network']).toBeDefined();
  });

  it.each(['v4', 'v6'] as const)('send again exactly what the wire dropped (%s)', async (family) => {
    const port = await lab.serveTcp('server', { kind: 'sink' });
    const place = family === 'v4' ? `${lab.server.v4}:${port}` : `[${lab.server.v6}]:${port}`;
    for (const lossPercent of [1, 3]) {
      await lab.link().set({ forward: { delayMs: 5, lossPercent, seed: 7 } });
      const [atClient, atServer] = [await lab.capture('client'), await lab.capture('server')];
      const run = await probe(lab, place, { transfer: 'send', bytes: 1_000_000, transferMs: 20_000 });
      const dropped = lostSegments(await atClient.stop(), await atServer.stop());
      expect(dropped).toBeGreaterThan(0);
      expect(value(run, 'tcp.retransmits')).toBe(dropped);
      expect(value(run, 'tcp.retransmit_rate')).toBeGreaterThan(0);
      expect(value(run, 'tcp.congestion_events')).toBeGreaterThan(0);
    }
    await lab.link().set({ forward: { delayMs: 5 } });
  });

  it('see packets overtake one another, and take none of them for lost', async () => {
    const port = await lab.serveTcp('server', { kind: 'sink' });
    await lab.link().set({ forward: { delayMs: 5, swapEvery: 20 } });
    const capture = await lab.capture('client');
    const run = await probe(lab, `${lab.server.v4}:${port}`, { transfer: 'send', bytes: 1_000_000 });
    // None, unless the wire was late: the kernel then probes for the end of what it sent (RFC 8985, section 7).
    const again = segmentsSentAgain(await capture.stop());
    await lab.link().set({ forward: { delayMs: 5 } });
    expect(value(run, 'tcp.reordering_events')).toBeGreaterThan(0);
    expect(again).toBeLessThan(value(run, 'tcp.reordering_events'));
    expect(value(run, 'tcp.retransmits')).toBe(again);
    expect(value(run, 'tcp.dsack_dups')).toBeLessThanOrEqual(again);
  });

  it('learn from the peer what arrived twice', async () => {
    const port = await lab.serveTcp('server', { kind: 'sink' });
    await lab.link().set({ forward: { delayMs: 5, duplicatePercent: 5, seed: 7 } });
    const run = await probe(lab, `${lab.server.v4}:${port}`, { transfer: 'send', bytes: 1_000_000 });
    await lab.link().set({ forward: { delayMs: 5 } });
    expect(value(run, 'tcp.dsack_dups')).toBeGreaterThan(0);
    expect(run.metrics['tcp.retransmits']).toBe(0);
  });
});
