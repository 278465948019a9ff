import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { echoes, Lab, labAvailability, needsLab } from '../lab/index.js';
import { findTool } from '../sdk/command.js';
import type { ProbeRun } from '../sdk/run.js';

const skip = !labAvailability().available;
const FAST = { count: 20, intervalMs: 5, timeoutMs: 400 };

describe.skipIf(skip)(needsLab('ping against known truth'), () => {
  let net: Lab;
  beforeAll(async () => {
    net = await Lab.pair({ impairments: {} });
  });
  afterAll(() => net.close());

  async function ping(target: string, settings: object = {}): Promise<ProbeRun> {
    const [result] = await net.runProbe('client', 'ping', target, { ...FAST, ...settings });
    if (!result) throw new Error('the probe gave no run');
    return result.run;
  }

  /** Echo requests and replies that the wire has dropped so far. */
  async function lostEchoes(): Promise<number> {
    const { forward, backward } = await net.link().counters();
    return forward.lost.echo + backward.lost.echo;
  }

  it.each(['v4', 'v6'] as const)('agrees with the capture of the same packets over %s', async (family) => {
    await net.link().set({ forward: { delayMs: 5 }, backward: { delayMs: 5 } });
    const capture = await net.capture('client');
    const run = await ping(net.server[family]);
    const truth = echoes(await capture.stop()).slice(1); // the first is the warm-up
    const samples = run.distributions['ping.rtt'] ?? [];
    expect(samples).toHaveLength(20);
    const errors = samples.map((sample, index) => Math.abs(sample - (truth[index]?.rttMs ?? NaN))).sort((a, b) => a - b);
    expect(errors[10]).toBeLessThan(0.2);
  });

  it('counts exactly what the wire dropped', async () => {
    await net.link().set({ forward: { lossPercent: 20 }, backward: { lossPercent: 20 } });
    const before = await lostEchoes();
    const run = await ping(net.server.v4, { count: 200, intervalMs: 2, warmUp: false });
    const dropped = (await lostEchoes()) - before;
    expect(dropped).toBeGreaterThan(0);
    expect((run.metrics['ping.sent'] ?? NaN) - (run.metrics['ping.received'] ?? NaN)).toBe(dropped);
    await net.link().set({ forward: {}, backward: {} });
  });

  it('counts a reply up to the timeout, however short the spacing', async () => {
    await net.link().set({ forward: { delayMs: 100 }, backward: {} });
    expect((await ping(net.server.v4, { intervalMs: 1 })).metrics['ping.loss']).toBe(0);
    expect((await ping(net.server.v4, { timeoutMs: 50 })).error?.code).toBe('TIMEOUT');
    await net.link().set({ forward: {}, backward: {} });
  });

  it('counts replies that come twice, and those that overtake one another', async () => {
    await net.link().set({ forward: {}, backward: { duplicatePercent: 100 } });
    const twice = await ping(net.server.v4, { warmUp: false });
    expect(twice.metrics).toMatchObject({ 'ping.received': 20, 'ping.loss': 0 });
    // The burst ends with its last reply: that one's copy may come too late to be counted.
    expect(twice.metrics['ping.duplicates']).toBeGreaterThanOrEqual(19);
    await net.link().set({ forward: {}, backward: { swapEvery: 4 } });
    const swapped = await ping(net.server.v4, { warmUp: false, count: 21 });
    expect(swapped.metrics).toMatchObject({ 'ping.received': 21, 'ping.out_of_order': 5, 'ping.duplicates': 0 });
    await net.link().set({ forward: {}, backward: {} });
  });

  it('gives each address its own error, however many are asked at once', async () => {
    await net.refuse('server', 'prohibit', '198.18.204.1');
    await net.refuse('server', 'unreachable', '198.18.205.1');
    // One request each: Linux sends a host five such errors at once and then one a second, whatever icmp_ratelimit says (ip_error in net/ipv4/route.c).
    const runs = await Promise.all(
      ['198.18.204.1', '198.18.205.1', net.server.v4].map((target) => ping(target, { count: 1, warmUp: false })),
    );
    expect(runs.map(({ error }) => error?.code)).toEqual(['DENIED', 'UNREACHABLE', undefined]);
  });

  it.each([
    ['prohibit', '198.18.201.1', 'DENIED', /prohibit/],
    ['unreachable', '198.18.202.1', 'UNREACHABLE', /cannot be reached/],
    ['blackhole', '198.18.203.1', 'TIMEOUT', /answered none of 20/],
  ] as const)('a router that says %s', async (how, address, code, message) => {
    await net.refuse('server', how, address);
    const run = await ping(address);
    expect(run.error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(run.metrics).toMatchObject({ 'ping.ok': 0, 'ping.loss': 100 });
    expect(run.absent['ping.rtt.p50']).toBeDefined();
  });

  it.each([
    ['prohibit', '198.18.211.1', 'DENIED'],
    ['unreachable', '198.18.212.1', 'UNREACHABLE'],
  ] as const)('this host’s own route that says %s', async (how, address, code) => {
    await net.refuse('client', how, address);
    const run = await ping(address);
    expect(run.error?.code).toBe(code);
    expect(run.absent['ping.loss']).toMatch(/nothing could be sent/);
  });
});

describe.skipIf(skip)(needsLab('ping by TCP handshakes'), () => {
  let net: Lab;
  beforeAll(async () => {
    net = await Lab.pair({ impairments: {} });
  });
  afterAll(() => net.close());

  async function ping(target: string, settings: object = {}): Promise<ProbeRun> {
    const [result] = await net.runProbe('client', 'ping', target, { method: 'tcp', warmUp: false, ...settings });
    if (!result) throw new Error('the probe gave no run');
    return result.run;
  }

  it('judges a target that never answers, by the settings as they are', async () => {
    await net.refuse('server', 'blackhole', '198.18.221.1');
    const run = await ping('198.18.221.1');
    expect(run.error).toMatchObject({ code: 'TIMEOUT', message: expect.stringContaining('answered no TCP handshake') });
    expect(run.metrics).toMatchObject({ 'ping.ok': 0, 'ping.sent': 10, 'ping.received': 0, 'ping.loss': 100 });
  });

  it.each(['v4', 'v6'] as const)('counts a SYN that was lost as lost, not as a round trip of a second (%s)', async (family) => {
    await net.link().set({ forward: { dropNext: 1 }, backward: {} });
    const host = family === 'v6' ? `[${net.server.v6}]` : net.server.v4;
    const run = await ping(`${host}:9`, { count: 5, intervalMs: 50 });
    expect(run.metrics).toMatchObject({ 'ping.ok': 1, 'ping.sent': 5, 'ping.received': 4, 'ping.loss': 20 });
    expect(run.metrics['ping.rtt.max']).toBeLessThan(900);
  });

  it('tells at once that the network refuses', async () => {
    await net.refuse('client', 'unreachable', '198.18.222.1');
    expect((await ping('198.18.222.1')).error?.code).toBe('UNREACHABLE');
  });
});

describe.skipIf(skip)(needsLab('ping by a program'), () => {
  let net: Lab;
  let tools: string;
  const { PATH = '' } = process.env;
  beforeAll(async () => {
    net = await Lab.pair({ impairments: {} });
    // An fping that does not work leaves it to ping(8).
    tools = mkdtempSync(join(tmpdir(), 'tools-'));
    symlinkSync('/bin/false', join(tools, 'fping'));
    process.env.PATH = `${tools}:${PATH}`;
  });
  afterAll(async () => {
    process.env.PATH = PATH;
    rmSync(tools, { recursive: true });
    await net.close();
  });

  it.skipIf(!findTool('ping'))('passes on what ping(8) hears from the network (skipped: it is not installed)', async () => {
    await net.refuse('client', 'unreachable', '198.18.231.1');
    const [result] = await net.runProbe('client', 'ping', '198.18.231.1', { method: 'tool', count: 2, warmUp: false });
    expect(result?.run.error).toMatchObject({ code: 'UNREACHABLE', message: expect.stringContaining('ping cannot reach') as string });
  });
});

describe.skipIf(skip)(needsLab('ping through a ping socket, which needs no privilege'), () => {
  let net: Lab;
  beforeAll(async () => {
    net = await Lab.pair({ impairments: {} });
    const allowed = await net.run('client', 'sh', ['-c', 'echo "0 2147483647" > /proc/sys/net/ipv4/ping_group_range']);
    expect(allowed.code).toBe(0);
  });
  afterAll(() => net.close());

  async function ping(target: string, settings: object = {}): Promise<ProbeRun> {
    const [result] = await net.runProbe('client', 'ping', target, { ...FAST, ...settings });
    if (!result) throw new Error('the probe gave no run');
    return result.run;
  }

  /** Identifiers that ping sockets of the client have now (/proc/net/icmp, hexadecimal). */
  async function identifiersInUse(): Promise<number[]> {
    const { stdout } = await net.run('client', 'cat', ['/proc/net/icmp']);
    return [...stdout.matchAll(/: [0-9A-F]{8}:([0-9A-F]{4})/g)].map(([, id = '']) => parseInt(id, 16));
  }

  it('takes another identifier while another process has its own, so that none takes the replies of the other', async () => {
    const settings = { count: 1000, intervalMs: 100 };
    const holder = net.start('client', 'probe-runner', { probe: 'ping', target: net.server.v4, settings, times: 1, blockLoop: false });
    await expect.poll(identifiersInUse, { timeout: 10_000 }).toHaveLength(1);
    const [held] = await identifiersInUse();
    const beside = await ping(net.server.v4);
    expect(beside.metrics).toMatchObject({ 'ping.received': 20, 'ping.loss': 0 });
    expect(beside.flow).not.toMatchObject({ id: held });
    holder.kill();
    await holder.stop();
    expect((await ping(net.server.v4)).flow).toMatchObject({ id: held });
  });

  it.each(['v4', 'v6'] as const)('measures over %s with stamps at both ends', async (family) => {
    const run = await ping(net.server[family]);
    expect(run.method).toMatch(/^ping socket.*kernel send and receive stamps/);
    expect(run.metrics).toMatchObject({ 'ping.received': 20, 'ping.loss': 0, 'ping.reply_ttl': 64 });
    expect(run.distributions['ping.rtt']).toHaveLength(20);
  });

  it('tells refusals apart there as well', async () => {
    await net.refuse('server', 'prohibit', '198.18.201.1');
    await net.refuse('server', 'unreachable', '198.18.202.1');
    // One request each, since Linux limits such errors to a host to five at once.
    const once = { count: 1, warmUp: false };
    expect((await ping('198.18.201.1', once)).error?.code).toBe('DENIED');
    expect((await ping('198.18.202.1', once)).error?.code).toBe('UNREACHABLE');
  });
});
