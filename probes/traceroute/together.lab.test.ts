import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Lab, labAvailability, needsLab, type RunProbeOptions } from '../lab/index.js';
import type { ProbeRun } from '../sdk/run.js';
import traceroute from './index.js';

const skip = !labAvailability().available;
const ROUTERS = ['r1', 'r2', 'r3'];

interface Hop {
  readonly addresses: readonly { readonly address: string }[];
  readonly sent: number;
  readonly received: number;
  readonly notSent?: number;
  readonly lossPercent: number | null;
  readonly limitsAnswers?: boolean;
}
const hopsOf = (run: ProbeRun): readonly Hop[] => (run.details as unknown as { readonly hops: readonly Hop[] }).hops;
/** What routers did not answer, of all that was sent to all hops. */
const unanswered = (runs: readonly ProbeRun[]): number =>
  runs.flatMap(hopsOf).reduce((sum, { sent, received }) => sum + sent - received, 0);

// What a router has answered counts against its limit for a minute: a lab of its own a test.
describe.skipIf(skip)(needsLab('traces that go through the same routers, which limit their answers as Linux does by itself'), () => {
  let net: Lab;
  beforeEach(async () => {
    net = await Lab.chain(['client', ...ROUTERS, 'server']);
    for (const router of [...ROUTERS, 'server']) await net.limitErrors(router);
  });
  afterEach(() => net.close());

  async function traces(
    options: RunProbeOptions,
    settings: Record<string, string | number> = {},
    target = net.server.v4,
  ): Promise<ProbeRun[]> {
    const results = await net.runProbe('client', 'traceroute', target, settings, options);
    return results.map(({ run }) => run);
  }
  const path = (family: 'v4' | 'v6'): string[] => [...ROUTERS, 'server'].map((name) => net.host(name)[family]);

  function expectWhole(runs: readonly ProbeRun[], settings: object, family: 'v4' | 'v6' = 'v4'): void {
    const hashes = new Set(runs.map(({ details }) => (details as { readonly pathHash: string }).pathHash));
    expect(hashes.size).toBe(1);
    for (const run of runs) {
      expect(run.error).toBeNull();
      expect(run.durationMs).toBeLessThan(traceroute.deadlineMs(settings));
      expect(hopsOf(run).map(({ addresses }) => addresses.map(({ address }) => address).join())).toEqual(path(family));
      for (const hop of hopsOf(run)) {
        // Who was not asked is known from the trace before, and lost nothing.
        expect(hop.lossPercent).toBe(hop.sent > 0 ? 0 : null);
        expect(hop).not.toHaveProperty('limitsAnswers');
      }
    }
    expect(unanswered(runs)).toBe(0);
  }

  it.each([
    ['icmp', 'v4'],
    ['icmp', 'v6'],
    ['tcp', 'v4'],
  ] as const)(
    'lose nothing by %s over %s when eight start at once',
    async (mode, family) => {
      const runs = await traces({ atOnce: 8 }, { mode }, net.server[family]);
      expect(runs).toHaveLength(8);
      expectWhole(runs, { mode }, family);
      // Who was first took what there was.
      expect(Math.min(...runs.map(({ durationMs }) => durationMs))).toBeLessThan(1000);
    },
    60_000,
  );

  it('ask a target for no more than it gives, by UDP', async () => {
    const settings = { mode: 'udp', rounds: 1 };
    const runs = await traces({ atOnce: 4, times: 2 }, settings);
    expectWhole(runs, settings);
    for (const run of runs) expect(hopsOf(run).at(-1)).toMatchObject({ sent: 1, received: 1 });
  }, 60_000);

  it('reach one target together by UDP, none of whose answers they lose', async () => {
    const settings = { mode: 'udp' };
    const runs = await traces({ atOnce: 8 }, settings);
    expect(runs).toHaveLength(8);
    expectWhole(runs, settings);
    for (const run of runs) expect(run.metrics).toMatchObject({ 'traceroute.reached': 1, 'traceroute.hops': 4 });
  }, 60_000);

  it('lose nothing when they start in several threads', async () => {
    const runs = await traces({ atOnce: 2, threads: 4 });
    expect(runs).toHaveLength(8);
    expectWhole(runs, {});
  }, 60_000);

  it('lose nothing when one follows the other at once', async () => {
    const runs = await traces({ times: 5 });
    expectWhole(runs, {});
    // The first is alone, and waits for nobody.
    expect(runs[0]?.durationMs).toBeLessThan(300);
    expect(hopsOf(runs[0] as ProbeRun).map(({ received }) => received)).toEqual([3, 3, 3, 3]);
  }, 60_000);

  it('share what routers give when they last long, and say what was left out', async () => {
    const settings = { rounds: 12 };
    const runs = await traces({ atOnce: 2 }, settings);
    expectWhole(runs, settings);
    for (const run of runs) {
      const [first, , , last] = hopsOf(run);
      expect(first?.notSent).toBe(12 - (first?.sent ?? 0));
      expect(first?.sent).toBeGreaterThan(2);
      // The target's echo replies are not limited.
      expect(last).toMatchObject({ sent: 12, received: 12 });
    }
  }, 60_000);

  it('know a hop that they could not ask from the trace before', async () => {
    // So many that the last of the second lot have no turn within the time that they wait for one.
    const runs = await traces({ atOnce: 10, times: 2 });
    const unasked = runs.filter((run) => hopsOf(run)[0]?.sent === 0);
    expect(unasked.length).toBeGreaterThan(0);
    for (const run of unasked) expect(hopsOf(run)[0]).toMatchObject({ addresses: [{ address: path('v4')[0] }], received: 0, notSent: 3 });
    expect(unanswered(runs)).toBe(0);
    expect(new Set(runs.map(({ details }) => (details as { readonly pathHash: string }).pathHash)).size).toBe(1);
    for (const run of runs) {
      expect(run.durationMs).toBeLessThan(traceroute.deadlineMs({}));
      expect(run.metrics).toMatchObject({ 'traceroute.reached': 1, 'traceroute.hops': 4 });
    }
  }, 60_000);

  it('have no name for a path of which a hop was neither asked nor known', async () => {
    const runs = await traces({ atOnce: 24 });
    const unasked = runs.filter((run) => hopsOf(run)[0]?.sent === 0);
    expect(unasked.length).toBeGreaterThan(0);
    for (const run of unasked) {
      expect(run.details).not.toHaveProperty('pathHash');
      expect(run.details).toMatchObject({
        absent: { pathHash: expect.stringMatching(/^the router of hop [123] had no answer left/) as string },
      });
    }
    const whole = runs.filter((run) => hopsOf(run).every(({ sent }) => sent > 0));
    expect(new Set(whole.map(({ details }) => (details as { readonly pathHash?: string }).pathHash)).size).toBe(1);
    expect(unanswered(runs)).toBe(0);
  }, 60_000);
});
