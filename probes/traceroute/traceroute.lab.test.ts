import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab, labAvailability, needsLab, parallelRouter } from '../lab/index.js';
import type { Json } from '../sdk/probe.js';
import type { ProbeRun } from '../sdk/run.js';

const skip = !labAvailability().available;
const ROUTERS = ['r1', 'r2', 'r3', 'r4'];

interface HopDetails {
  readonly ttl: number;
  readonly addresses: readonly { readonly address: string }[];
  readonly sent: number;
  readonly received: number;
  /** Rounds that the hop was left out of, to spare it. */
  readonly notSent?: number;
  readonly rttMs: { readonly min: number } | null;
}
interface Details {
  readonly hops: readonly HopDetails[];
  readonly pathHash: string;
  readonly dscpRewrites: readonly object[];
  readonly mtuNarrowings: readonly object[];
  readonly parallel?: readonly (readonly string[])[];
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
    // What is not to be seen is not said to be none.
    expect(run.details).not.toHaveProperty('dscpRewrites');
    expect(run.details).toHaveProperty(['absent', 'dscpRewrites'], expect.stringMatching(/raw socket/));
    for (const hop of detailsOf(run).hops) expect(hop).not.toHaveProperty('mpls');
  });

  it.each(['v4', 'v6'] as const)(
    'finds the way to an open port and to a closed one by TCP over %s, and leaves nothing half open',
    async (family) => {
      const open = await net.serveTcp('server', { kind: 'sink' });
      for (const port of [open, 9]) {
        const run = await trace(net.server[family], { mode: 'tcp', port });
        expect(run.error).toBeNull();
        expect(addressesOf(run)).toEqual(path(family));
        expect(detailsOf(run).hops.map(({ received }) => received)).toEqual([3, 3, 3, 3, 3]);
        expect(run.metrics['traceroute.rtt.last']).toBeGreaterThan(10);
        expect(run.flow).toMatchObject({ protocol: 'tcp', destinationPort: port });
      }
      // The third field is the remote address, the fourth the state: 03 is SYN_RECV, 01 ESTABLISHED (tcp_diag; Documentation/networking/proc_net_tcp).
      const { stdout } = await net.run('server', 'sh', ['-c', 'cat /proc/net/tcp /proc/net/tcp6']);
      const states = stdout.split('\n').flatMap((line) => /^\s*\d+: \S+ \S+ (\w\w) /.exec(line)?.[1] ?? []);
      expect(states).not.toContain('03');
      expect(states).not.toContain('01');
    },
  );

  it('says what a trace by TCP needs where it may not have it', async () => {
    const runner = fileURLToPath(new URL('../../dist/probes/lab/probe-runner.js', import.meta.url));
    const config = { probe: 'traceroute', target: net.server.v4, settings: { mode: 'tcp' }, times: 1, blockLoop: false };
    const powerless = ['--bounding-set', '-all', '--inh-caps', '-all', process.execPath, runner, JSON.stringify(config)];
    const { stdout } = await net.run('client', 'setpriv', powerless);
    const { run } = JSON.parse(stdout) as { run: ProbeRun };
    expect(run.error).toMatchObject({ code: 'PERMISSION', message: expect.stringMatching(/needs raw sockets/) as string });
  });

  it('shows a router that never answers as silent, and goes on behind it', async () => {
    const mute = ['iif', 'lo', 'to', net.client.v4, 'blackhole', 'priority', '1'];
    expect(await net.run('r2', 'ip', ['rule', 'add', ...mute])).toMatchObject({ code: 0 });
    const runs = [await trace(net.server.v4), await trace(net.server.v4, { mode: 'udp' })];
    await net.run('r2', 'ip', ['rule', 'del', ...mute]);
    const [first, , ...others] = path('v4');
    for (const run of runs) {
      expect(addressesOf(run)).toEqual([first, undefined, ...others]);
      expect(run.metrics['traceroute.hops']).toBe(5);
      expect(run.durationMs).toBeLessThan(900);
      // What the silent one did not answer is not kept back from the others, the target above all, as if they had.
      expect(detailsOf(run).hops.map(({ sent }) => sent)).toEqual([3, 3, 3, 3, 3]);
    }
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

  it('begins with the largest packets that its own link carries, and says which those are', async () => {
    const run = await trace(net.server.v4, { packetBytes: 9000 });
    expect(run.error).toBeNull();
    expect(detailsOf(run).mtuNarrowings).toEqual([
      { ttl: 0, address: net.client.v4, nextHopMtu: 1500 },
      { ttl: 3, address: net.host('r3').v4, nextHopMtu: 1400 },
    ]);
    expect(addressesOf(run)).toEqual(path('v4'));
  });

  it('ends where a router calls packets too large however small they are', async () => {
    const shut = ['route', 'replace', net.server.v4, 'via', net.host('r3').v4, 'mtu', 'lock', '60'];
    expect(await net.run('r2', 'ip', shut)).toMatchObject({ code: 0 });
    const run = await trace(net.server.v4);
    expect(await net.run('r2', 'ip', ['route', 'del', net.server.v4])).toMatchObject({ code: 0 });
    expect(run.error).toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringMatching(/^198\.18\..* calls packets of 64 bytes .* too large/) as string,
    });
    expect(addressesOf(run)).toEqual(path('v4').slice(0, 2));
    expect(run.metrics).toMatchObject({ 'traceroute.reached': 0, 'traceroute.last_ttl': 2 });
    expect(run.durationMs).toBeLessThan(5000);
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
      const [first, ...others] = detailsOf(run).hops;
      expect(first?.received).toBeLessThan(30);
      expect(first).toMatchObject({ limitsAnswers: true, lossPercent: null });
      for (const hop of others) expect(hop).not.toHaveProperty('limitsAnswers');
      expect(run.metrics['traceroute.loss.worst']).toBe(0);
    }));
});

describe.skipIf(skip)(needsLab('traceroute over parallel paths'), () => {
  const WIDTH = 4;
  let net: Lab;
  beforeAll(async () => void (net = await Lab.fan(WIDTH)), 60_000);
  afterAll(() => net.close());
  const routers = (family: 'v4' | 'v6'): string[] =>
    Array.from({ length: WIDTH }, (_, index) => net.host(parallelRouter(index + 1))[family]).sort();
  const explore = async (family: 'v4' | 'v6', settings: Record<string, unknown> = {}): Promise<ProbeRun> => {
    const [{ run } = { run: undefined }] = await net.runProbe('client', 'traceroute', net.server[family], {
      ...{ mode: 'udp', multipath: true, paceMs: 5 },
      ...settings,
    } as Json);
    if (!run) throw new Error('the probe gave no run');
    return run;
  };

  it.each(['v4', 'v6'] as const)('finds all of them, and the routers on them, over %s', async (family) => {
    const run = await explore(family);
    expect(run.absent).not.toHaveProperty(['traceroute.paths']);
    expect(run.metrics['traceroute.paths']).toBe(WIDTH);
    expect(run.metrics['traceroute.hops']).toBe(4);
    const { parallel } = detailsOf(run);
    expect(parallel?.slice(0, 2)).toEqual([[net.host('fork')[family]], routers(family)]);
    // Over IPv6 a Linux router answers from the address that the packet came to.
    expect(parallel?.[2]).toHaveLength(family === 'v4' ? 1 : WIDTH);
    // The trace itself is one flow.
    expect(addressesOf(run)).toHaveLength(4);
    for (const hop of detailsOf(run).hops) expect(hop.addresses).toHaveLength(1);
  });

  it('finds them without any privilege', async () => {
    const runner = fileURLToPath(new URL('../../dist/probes/lab/probe-runner.js', import.meta.url));
    const settings = { mode: 'udp', multipath: true, paceMs: 5 };
    const config = { probe: 'traceroute', target: net.server.v4, settings, times: 1, blockLoop: false };
    const powerless = ['--bounding-set', '-all', '--inh-caps', '-all', process.execPath, runner, JSON.stringify(config)];
    const { stdout, stderr } = await net.run('client', 'setpriv', powerless);
    expect(stdout, stderr).not.toBe('');
    expect((JSON.parse(stdout) as { run: ProbeRun }).run.metrics['traceroute.paths']).toBe(WIDTH);
  });

  it('says that nothing was looked for', async () => {
    expect((await explore('v4', { multipath: false })).absent['traceroute.paths']).toMatch(/multipath is off/);
  });
});

describe.skipIf(skip)(needsLab('traceroute over parallel paths of routers that limit their answers'), () => {
  it('takes none of them for less than it is', async () => {
    const net = await Lab.fan(2);
    try {
      for (const router of ['fork', 'join', parallelRouter(1), parallelRouter(2)]) await net.limitErrors(router);
      const [result] = await net.runProbe('client', 'traceroute', net.server.v4, { mode: 'udp', multipath: true });
      expect(result?.run.metrics['traceroute.paths']).toBe(2);
    } finally {
      await net.close();
    }
  }, 90_000);
});

describe.skipIf(skip)(needsLab('traceroute over a first link that delays'), () => {
  let net: Lab;
  beforeAll(async () => void (net = await Lab.chain(['client', ...ROUTERS, 'server'], [{ impairments: { forward: { delayMs: 20 } } }])));
  afterAll(() => net.close());
  async function trace(settings: Record<string, string | number>, memory?: Json): Promise<ProbeRun> {
    const [result] = await net.runProbe('client', 'traceroute', net.server.v4, settings, { memory });
    if (!result) throw new Error('the probe gave no run');
    return result.run;
  }
  const received = (run: ProbeRun): number[] => detailsOf(run).hops.map((hop) => hop.received);

  it('waits for the answers of the last round, too', async () => {
    expect(received(await trace({ rounds: 7, paceMs: 400 }))).toEqual([7, 7, 7, 7, 7]);
  });

  it.each(['icmp', 'udp', 'tcp'])(
    'by %s asks no further than the target was when it knows the way, and finds it where it was moved',
    async (mode) => {
      const first = await trace({ mode });
      const capture = await net.capture('client');
      const known = await trace({ mode }, first.memory);
      const packets = await capture.stop();
      expect(addressesOf(known)).toEqual(addressesOf(first));
      expect(received(known)).toEqual([3, 3, 3, 3, 3]);
      const RST = 4;
      const probes = packets.filter(({ direction, tcpFlags = 0 }) => direction === 'out' && (tcpFlags & RST) === 0);
      expect(Math.max(...probes.map(({ ttl }) => ttl))).toBe(5);
      // The memory of a shorter path, of a longer one, and of a way that is of no use.
      for (const hops of [2, 9, 64]) {
        const path = { flow: 'another', reached: true, hops: Array.from({ length: hops }, () => []) };
        const moved = await trace({ mode }, { path });
        expect(addressesOf(moved)).toEqual(addressesOf(first));
        // By UDP what went beyond the target took its answers as well: a later round may have to do without, which is no loss.
        for (const hop of detailsOf(moved).hops) expect(hop).toMatchObject({ received: 3 - (hop.notSent ?? 0), lossPercent: 0 });
        expect(received(moved).slice(0, -1)).toEqual([3, 3, 3, 3]);
      }
    },
  );
});
