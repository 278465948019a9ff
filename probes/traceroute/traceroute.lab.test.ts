import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab, labAvailability, needsLab } from '../lab/index.js';
import type { ProbeRun } from '../sdk/run.js';

const skip = !labAvailability().available;
const ROUTERS = ['r1', 'r2', 'r3', 'r4'];

interface HopDetails {
  readonly ttl: number;
  readonly addresses: readonly { readonly address: string }[];
  readonly received: number;
  readonly rttMs: { readonly min: number } | null;
}
interface Details {
  readonly hops: readonly HopDetails[];
  readonly pathHash: string;
  readonly dscpRewrites: readonly object[];
  readonly mtuNarrowings: readonly object[];
}

const detailsOf = (run: ProbeRun): Details => run.details as unknown as Details;
const addressesOf = (run: ProbeRun): (string | undefined)[] => detailsOf(run).hops.map(({ addresses }) => addresses[0]?.address);

describe.skipIf(skip)(needsLab('traceroute over a chain of four routers'), () => {
  let net: Lab;
  beforeAll(async () => {
    net = await Lab.chain(['client', ...ROUTERS, 'server'], [{}, {}, { impairments: { forward: { delayMs: 10 } } }, { mtu: 1400 }]);
  });
  afterAll(() => net.close());

  async function trace(target: string, settings: Record<string, string | number> = {}): Promise<ProbeRun> {
    const [result] = await net.runProbe('client', 'traceroute', target, settings);
    if (!result) throw new Error('the probe gave no run');
    return result.run;
  }
  const path = (family: 'v4' | 'v6'): string[] => [...ROUTERS, 'server'].map((name) => net.host(name)[family]);
  async function rule(host: string, how: '-A' | '-D', ...rest: string[]): Promise<void> {
    expect(await net.run(host, 'iptables', ['-w', ...rest.slice(0, 2), how, ...rest.slice(2)])).toMatchObject({ code: 0 });
  }

  it.each([
    ['icmp', 'v4'],
    ['icmp', 'v6'],
    ['udp', 'v4'],
    ['udp', 'v6'],
  ] as const)('finds each hop by %s over %s, and the link that delays', async (mode, family) => {
    const run = await trace(net.server[family], { mode });
    expect(run.error).toBeNull();
    expect(addressesOf(run)).toEqual(path(family));
    expect(detailsOf(run).hops.map(({ received }) => received)).toEqual([3, 3, 3, 3, 3]);
    expect(run.metrics).toMatchObject({ 'traceroute.ok': 1, 'traceroute.hops': 5, 'traceroute.last_ttl': 5, 'traceroute.reached': 1 });
    expect(run.metrics['traceroute.rtt.largest_step']).toBeGreaterThan(9.5);
    expect(run.metrics['traceroute.rtt.largest_step']).toBeLessThan(15);
    expect(run.metrics['traceroute.rtt.last']).toBeGreaterThan(10);
    expect(run.absent).toHaveProperty(['traceroute.loss.worst'], expect.stringMatching(/60 probes/));
  });

  it('shows a router that never answers as silent, and goes on behind it', async () => {
    await rule('r2', '-A', '-t', 'filter', 'OUTPUT', '-p', 'icmp', '-j', 'DROP');
    try {
      const run = await trace(net.server.v4);
      const [first, , ...others] = path('v4');
      expect(addressesOf(run)).toEqual([first, undefined, ...others]);
      expect(run.metrics['traceroute.hops']).toBe(5);
      expect(run.durationMs).toBeLessThan(900);
    } finally {
      await rule('r2', '-D', '-t', 'filter', 'OUTPUT', '-p', 'icmp', '-j', 'DROP');
    }
  });

  it.each([
    ['one router rewrites', ['r2'], [{ afterTtl: 2, beforeTtl: 3, from: 46, to: 0 }]],
    [
      'two routers rewrite',
      ['r1', 'r3'],
      [
        { afterTtl: 1, beforeTtl: 2, from: 46, to: 0 },
        { afterTtl: 3, beforeTtl: 4, from: 0, to: 10 },
      ],
    ],
  ] as const)('names the hops between which DSCP changes: %s', async (_, routers, expected) => {
    const rules = routers.map(
      (router, index) => [router, ['-t', 'mangle', 'FORWARD', '-j', 'DSCP', '--set-dscp', String(index * 10)]] as const,
    );
    for (const [router, rest] of rules) await rule(router, '-A', ...rest);
    try {
      expect(detailsOf(await trace(net.server.v4, { dscp: 46 })).dscpRewrites).toEqual(expected);
    } finally {
      for (const [router, rest] of rules) await rule(router, '-D', ...rest);
    }
  });

  it.each(['v4', 'v6'] as const)('names the hop behind which the MTU shrinks, and still finds the end, over %s', async (family) => {
    const run = await trace(net.server[family], { packetBytes: 1500 });
    expect(detailsOf(run).mtuNarrowings).toEqual([{ ttl: 3, address: net.host('r3')[family], nextHopMtu: 1400 }]);
    expect(addressesOf(run)).toEqual(path(family));
  });

  it('says where the path ends, and why', async () => {
    await net.refuse('r3', 'prohibit', '198.18.201.1');
    await net.refuse('r3', 'blackhole', '198.18.203.1');
    for (const host of ['r1', 'r2']) await net.run(host, 'ip', ['route', 'add', 'default', 'dev', host === 'r1' ? 'to-r2' : 'to-r3']);
    for (const [index, host] of ['r1', 'r2'].entries())
      await net.run(host, 'ip', ['route', 'replace', '198.18.200.0/21', 'via', net.host(`r${index + 2}`).v4]);
    const prohibited = await trace('198.18.201.1', { maxHops: 8, timeoutMs: 300 });
    expect(prohibited.error).toMatchObject({ code: 'DENIED', message: expect.stringContaining(net.host('r3').v4) });
    expect(prohibited.metrics).toMatchObject({ 'traceroute.reached': 0, 'traceroute.last_ttl': 3 });
    const silent = await trace('198.18.203.1', { maxHops: 8, timeoutMs: 300 });
    expect(silent.error).toMatchObject({ code: 'TIMEOUT', message: expect.stringContaining('the last answer came from hop') });
    expect(silent.absent).toHaveProperty(['traceroute.hops']);
  });

  it('shows no loss where half of the routers limit their answers as Linux does by itself', async () => {
    for (const router of ['r1', 'r3']) await net.run(router, 'sysctl', ['-qw', 'net.ipv4.icmp_ratelimit=1000']);
    const run = await trace(net.server.v4, { rounds: 7 });
    expect(detailsOf(run).hops.map(({ received }) => received)).toEqual([7, 7, 7, 7, 7]);
    const hurried = await trace(net.server.v4, { rounds: 60, paceMs: 10 });
    expect(detailsOf(hurried).hops[0]?.received).toBeLessThan(30);
    expect(hurried.metrics['traceroute.loss.worst']).toBe(0);
    for (const router of ['r1', 'r3']) await net.run(router, 'sysctl', ['-qw', 'net.ipv4.icmp_ratelimit=0']);
  });

  it('counts the loss of a link, which all behind it share', async () => {
    await net.link(2).set({ forward: { delayMs: 1, lossPercent: 30 } });
    const run = await trace(net.server.v4, { rounds: 100, paceMs: 10 });
    expect(run.metrics['traceroute.loss.worst']).toBeGreaterThan(10);
    await net.link(2).set({ forward: { delayMs: 10, lossPercent: 0 } });
  });

  it('tells a path that changed from one that did not, with the same hash for the same path', async () => {
    const runs = await net.runProbe('client', 'traceroute', net.server.v4, {}, { times: 2 });
    expect(runs.map(({ run }) => run.metrics['traceroute.path_changed'])).toEqual([undefined, 0]);
    expect(runs[0]?.run.absent).toHaveProperty(['traceroute.path_changed'], expect.stringMatching(/no earlier path/));
    const [first, second] = runs.map(({ run }) => detailsOf(run).pathHash);
    expect(first).toBe(second);
  });
});
