import { fileURLToPath } from 'node:url';
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
    net = await Lab.chain(
      ['client', ...ROUTERS, 'server'],
      [{}, { impairments: {} }, { impairments: { forward: { delayMs: 10 } } }, { mtu: 1400, impairments: {} }],
    );
  });
  afterAll(() => net.close());

  async function trace(target: string, settings: Record<string, string | number> = {}): Promise<ProbeRun> {
    const [result] = await net.runProbe('client', 'traceroute', target, settings);
    if (!result) throw new Error('the probe gave no run');
    return result.run;
  }
  const path = (family: 'v4' | 'v6'): string[] => [...ROUTERS, 'server'].map((name) => net.host(name)[family]);
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

  it.each([
    ['icmp', 'v4'],
    ['udp', 'v4'],
    ['icmp', 'v6'],
    ['udp', 'v6'],
  ] as const)('finds the same hops and the MTU without any privilege, by %s over %s', async (mode, family) => {
    const runner = fileURLToPath(new URL('../../dist/probes/lab/probe-runner.js', import.meta.url));
    const config = { probe: 'traceroute', target: net.server[family], settings: { mode, packetBytes: 1500 }, times: 1, blockLoop: false };
    const powerless = ['--bounding-set', '-all', '--inh-caps', '-all', process.execPath, runner, JSON.stringify(config)];
    const { stdout, stderr } = await net.run('client', 'setpriv', powerless);
    expect(stdout, stderr).not.toBe('');
    const { run } = JSON.parse(stdout) as { run: ProbeRun };
    expect(run.method).toMatch(/error queue without privilege/);
    expect(addressesOf(run)).toEqual(path(family));
    expect(detailsOf(run).mtuNarrowings).toEqual([{ ttl: 3, address: net.host('r3')[family], nextHopMtu: 1400 }]);
  });

  it('shows a router that never answers as silent, and goes on behind it', async () => {
    const mute = ['iif', 'lo', 'to', net.client.v4, 'blackhole', 'priority', '1'];
    expect(await net.run('r2', 'ip', ['rule', 'add', ...mute])).toMatchObject({ code: 0 });
    const run = await trace(net.server.v4);
    await net.run('r2', 'ip', ['rule', 'del', ...mute]);
    const [first, , ...others] = path('v4');
    expect(addressesOf(run)).toEqual([first, undefined, ...others]);
    expect(run.metrics['traceroute.hops']).toBe(5);
    expect(run.durationMs).toBeLessThan(900);
  });

  it('names the hops between which DSCP changes, once and twice', async () => {
    await net.link(1).set({ forward: { dscp: 0 } });
    const once = await trace(net.server.v4, { dscp: 46 });
    await net.link(3).set({ forward: { dscp: 10 } });
    const twice = await trace(net.server.v4, { dscp: 46, mode: 'udp' });
    await net.link(1).set({ forward: {} });
    await net.link(3).set({ forward: {} });
    const first = { afterTtl: 1, beforeTtl: 2, from: 46, to: 0 };
    expect(detailsOf(once).dscpRewrites).toEqual([first]);
    expect(detailsOf(twice).dscpRewrites).toEqual([first, { afterTtl: 3, beforeTtl: 4, from: 0, to: 10 }]);
    expect(detailsOf(await trace(net.server.v4, { dscp: 46 })).dscpRewrites).toEqual([]);
  });

  it.each(['v4', 'v6'] as const)('names the hop behind which the MTU shrinks, and still finds the end, over %s', async (family) => {
    const run = await trace(net.server[family], { packetBytes: 1500 });
    expect(detailsOf(run).mtuNarrowings).toEqual([{ ttl: 3, address: net.host('r3')[family], nextHopMtu: 1400 }]);
    expect(addressesOf(run)).toEqual(path(family));
  });

  it('counts the loss of a link, which all behind it share', async () => {
    await net.link(2).set({ forward: { delayMs: 1, lossPercent: 30 } });
    const run = await trace(net.server.v4, { rounds: 100, paceMs: 10 });
    expect(run.metrics['traceroute.loss.worst']).toBeGreaterThan(10);
    await net.link(2).set({ forward: { delayMs: 10, lossPercent: 0 } });
  });

  it('tells a path that changed, when a second trace shows it too', async () => {
    // Slow enough that the path changes while they run.
    const config = { probe: 'traceroute', target: net.server.v4, settings: { rounds: 3, intervalMs: 100 }, times: 12, blockLoop: false };
    const child = net.start('client', 'probe-runner', config);
    const runs = [(await child.next<{ run: ProbeRun }>()).run, (await child.next<{ run: ProbeRun }>()).run];
    // The router before the server takes the server's address: the path is one hop shorter from now on.
    await net.run('r4', 'ip', ['addr', 'add', `${net.server.v4}/32`, 'dev', 'lo']);
    while (runs.length < config.times) runs.push((await child.next<{ run: ProbeRun }>()).run);
    await child.stop();
    await net.run('r4', 'ip', ['addr', 'del', `${net.server.v4}/32`, 'dev', 'lo']);
    const changes = runs.map(({ metrics }) => metrics['traceroute.path_changed']);
    expect(runs[0]?.absent).toHaveProperty(['traceroute.path_changed'], expect.stringMatching(/no earlier path/));
    expect(changes[1]).toBe(0);
    expect(changes.filter((changed) => changed === 1)).toHaveLength(1);
    const hashes = runs.map((run) => detailsOf(run).pathHash);
    // The path may change in the middle of a trace, which then shows both.
    expect([hashes[1], hashes.at(-2)]).toEqual([hashes[0], hashes.at(-1)]);
    expect(hashes.at(-1)).not.toBe(hashes[0]);
    expect(runs.at(-1)?.metrics['traceroute.hops']).toBe(4);
  });
});

describe.skipIf(skip)(needsLab('traceroute past routers that refuse, or that limit their answers'), () => {
  // A lab of its own a test: what a router has answered counts against its limit for a minute.
  async function within(
    test: (net: Lab, trace: (settings: Record<string, string | number>, target?: string) => Promise<ProbeRun>) => Promise<void>,
  ): Promise<void> {
    const net = await Lab.chain(['client', ...ROUTERS, 'server']);
    try {
      await test(net, async (settings, target = net.server.v4) => {
        const [result] = await net.runProbe('client', 'traceroute', target, settings);
        if (!result) throw new Error('the probe gave no run');
        return result.run;
      });
    } finally {
      await net.close();
    }
  }

  it('says where the path ends, and why', () =>
    within(async (net, trace) => {
      for (const [host, next] of [
        ['r1', 'r2'],
        ['r2', 'r3'],
      ] as const)
        expect(await net.run(host, 'ip', ['route', 'add', '198.18.200.0/21', 'via', net.host(next).v4])).toMatchObject({ code: 0 });
      await net.refuse('r3', 'prohibit', '198.18.201.1');
      await net.refuse('r3', 'blackhole', '198.18.203.1');
      const prohibited = await trace({ maxHops: 8, timeoutMs: 300 }, '198.18.201.1');
      expect(prohibited.error).toMatchObject({ code: 'DENIED', message: expect.stringContaining(net.host('r3').v4) });
      expect(prohibited.metrics).toMatchObject({ 'traceroute.reached': 0, 'traceroute.last_ttl': 3 });
      const silent = await trace({ maxHops: 8, timeoutMs: 300 }, '198.18.203.1');
      expect(silent.error).toMatchObject({ code: 'TIMEOUT', message: expect.stringContaining('the last answer came from hop 2') });
      expect(silent.absent).toHaveProperty(['traceroute.hops']);
    }));

  it('paces half of the routers, which limit as Linux does by itself, so that nothing is lost', () =>
    within(async (net, trace) => {
      for (const router of ['r1', 'r3']) await net.limitErrors(router);
      const run = await trace({ rounds: 7 });
      expect(detailsOf(run).hops.map(({ received }) => received)).toEqual([7, 7, 7, 7, 7]);
    }));

  it('does not take the limit of a router that was asked too fast for loss of the path', () =>
    within(async (net, trace) => {
      await net.limitErrors('r1');
      const run = await trace({ rounds: 60, paceMs: 10 });
      expect(detailsOf(run).hops[0]?.received).toBeLessThan(30);
      expect(run.metrics['traceroute.loss.worst']).toBe(0);
    }));
});
