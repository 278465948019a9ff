import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROUTER_BURST } from '../probes/kernel/router-budget.js';
import type { Json } from '../probes/sdk/probe.js';
import { ProbePool, type PoolOptions } from './pool.js';
import { workerOf } from './pool/placing.js';
import type { Job, JobOutcome } from './pool/protocol.js';
import { TEST_SOURCES } from './testing/plug-ins.js';

/** One job with its probes side by side. */
function job(...calls: readonly (readonly [probe: string, settings?: Json])[]): Job {
  return {
    target: { kind: 'HOST', address: '127.0.0.1', host: '127.0.0.1' },
    seed: 'seed',
    cycle: { sendSlipsMs: [], receiveDrops: 0 },
    stages: [calls.map(([probe, settings = {}]) => ({ probe, settings }))],
  };
}

/** A seed whose jobs belong to this one of so many workers. */
function seedOf(worker: number, workers: number): string {
  const free = new Array<boolean>(workers).fill(false);
  for (let number = 0; ; number += 1) if (workerOf(`seed ${number}`, workers, free) === worker) return `seed ${number}`;
}

const threadOf = (outcome: JobOutcome | undefined): unknown => (outcome?.runs[0]?.details as { readonly thread: number }).thread;

/** Gives a pool of two workers, and closes it. */
async function withTwo(work: (both: ProbePool) => Promise<void>, patience: PoolOptions['patience'] = {}): Promise<void> {
  const both = new ProbePool({ workers: 2, sources: TEST_SOURCES, patience });
  try {
    await work(both);
  } finally {
    await both.close();
  }
}

describe('ProbePool', () => {
  let pool: ProbePool;
  let folder: string;
  const troubles: string[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pool-'));
    troubles.length = 0;
    pool = new ProbePool({ workers: 1, sources: TEST_SOURCES, patience: { graceMs: 400 }, onTrouble: (message) => troubles.push(message) });
  });

  afterEach(async () => {
    await pool.close();
    rmSync(folder, { recursive: true });
  });

  it('describes the probes, with why a host cannot measure by one', async () => {
    const { probes } = await pool.describe();
    const heavyweight = probes.find(({ name }) => name === 'heavyweight');
    expect(heavyweight).toMatchObject({ heavy: true, support: { available: false, reason: 'nothing to lift here' } });
    expect(probes.find(({ name }) => name === 'sleeper')?.metrics.map(({ id }) => id)).toEqual(['sleeper.ok', 'sleeper.runs']);
  });

  it('leaves out a plug-in that does not load, and says so', async () => {
    const broken = new ProbePool({ workers: 1, sources: { plugins: [...TEST_SOURCES.plugins, './no-such-folder'], base: folder } });
    const { probes, problems } = await broken.describe();
    expect(problems.join()).toContain('no-such-folder');
    expect(probes.map(({ name }) => name)).toContain('sleeper');
    await broken.close();
  });

  it('runs a thousand jobs that are due together', async () => {
    const outcomes = await Promise.all(pool.run(Array.from({ length: 1000 }, () => job(['sleeper', { ms: 5 }]))));
    expect(outcomes.flatMap(({ runs }) => runs.map(({ status }) => status))).toEqual(new Array(1000).fill('OK'));
  });

  it('prepares probes before their first job, and leaves it to the job to tell of one that cannot be had', async () => {
    pool.prepare(['sleeper', 'nothing-like-that'], 1);
    const [outcome] = await Promise.all(pool.run([job(['sleeper'], ['nothing-like-that'])]));
    expect(outcome?.runs.map(({ error }) => error?.code ?? 'OK')).toEqual(['OK', 'UNSUPPORTED']);
    expect([pool.crashes, troubles]).toEqual([0, []]);
  });

  it('tells of an unknown probe and of wrong settings in the run', async () => {
    const [outcome] = await Promise.all(pool.run([job(['nothing-like-that'], ['sleeper', { ms: 'long' }])]));
    expect(outcome?.runs.map(({ error }) => error?.code)).toEqual(['UNSUPPORTED', 'BAD_SETTINGS']);
    expect(outcome?.runs[1]?.error?.message).toContain('ms');
  });

  it('ends a run that ignores its deadline, without harm to others', async () => {
    const [outcome] = await Promise.all(pool.run([job(['sleeper', { ms: 3_600_000, deadlineMs: 50 }], ['sleeper'])]));
    expect(outcome?.runs.map(({ error }) => error?.code ?? 'OK')).toEqual(['TIMEOUT', 'OK']);
    expect(pool.crashes).toBe(0);
  });

  it('passes on what the last run left', async () => {
    const first = await Promise.all(pool.run([job(['sleeper'])]));
    const memory = first[0]?.runs[0]?.memory;
    const again = job(['sleeper']);
    const [outcome] = await Promise.all(pool.run([{ ...again, stages: [[{ probe: 'sleeper', settings: {}, memory }]] }]));
    expect(outcome?.runs[0]?.metrics['sleeper.runs']).toBe(2);
  });

  it.each(['block', 'block-later', 'throw-later'])('loses only the culprit when a probe does "%s"', async (behaviour) => {
    await pool.describe();
    const good = job(['sleeper', { ms: 20 }]);
    const outcomes = await Promise.all(pool.run([good, job(['unruly', { behaviour }]), good]));
    expect(outcomes.map(({ runs }) => runs[0]?.error?.code ?? runs[0]?.status)).toEqual(['OK', 'CRASHED', 'OK']);
    expect(outcomes[1]?.runs[0]?.absent).toHaveProperty(['unruly.value']);
    expect(pool.crashes).toBeGreaterThan(0);
    const [afterwards] = await Promise.all(pool.run([good]));
    expect(afterwards?.runs[0]?.status).toBe('OK');
  });

  it('fails the run alone that calls process.exit', async () => {
    const outcomes = await Promise.all(pool.run([job(['unruly', { behaviour: 'exit' }]), job(['sleeper'])]));
    expect(outcomes.map(({ runs }) => runs[0]?.status)).toEqual(['FAILED', 'OK']);
    expect(outcomes[0]?.runs[0]?.error?.message).toContain('process.exit');
    expect(pool.crashes).toBe(0);
  });

  it('tries a run once more whose worker was lost', async () => {
    const settings = { behaviour: 'throw-later', once: join(folder, 'misbehaved') };
    const [outcome] = await Promise.all(pool.run([job(['unruly', settings])]));
    expect(outcome?.runs[0]).toMatchObject({ status: 'OK', metrics: { 'unruly.value': 1 } });
    expect(troubles).toHaveLength(1);
  });

  it('has its workers spare routers together', () =>
    withTwo(async (both) => {
      const spend = job(['spender', { router: 'of two workers', times: ROUTER_BURST }]);
      const jobs = [0, 1].map((worker) => ({ ...spend, seed: seedOf(worker, 2) }));
      const runs = (await Promise.all(both.run(jobs))).flatMap((outcome) => outcome.runs);
      expect(new Set(runs.map(({ details }) => (details as { readonly thread: number }).thread)).size).toBe(2);
      // Each alone would have got all of them.
      expect(runs.reduce((sum, { metrics }) => sum + (metrics['spender.taken'] ?? 0), 0)).toBe(ROUTER_BURST);
    }));

  it('measures an assignment in the same worker each time, whatever else is under way', () =>
    withTwo(async (both) => {
      const [here, there] = [0, 1].map((worker) => ({ ...job(['spender']), seed: seedOf(worker, 2) })) as [Job, Job];
      const sleeper = { ...job(['sleeper', { ms: 20 }]), seed: here.seed };
      const outcomes = await Promise.all([...both.run([sleeper, here]), ...both.run([here]), ...both.run([sleeper, there, here])]);
      const threads = [1, 2, 5].map((index) => threadOf(outcomes[index]));
      expect(new Set(threads).size).toBe(1);
      expect(threadOf(outcomes[4])).not.toBe(threads[0]);
    }));

  it('leaves workers alone that its assignments do not need', () =>
    withTwo(async (both) => {
      both.prepare(['spender'], 2);
      const outcomes = await Promise.all(both.run([0, 1].map((worker) => ({ ...job(['spender']), seed: seedOf(worker, 2) }))));
      expect(new Set(outcomes.map(threadOf)).size).toBe(1);
    }));

  it('gives another worker the jobs of one that takes none on any more', () =>
    withTwo(
      async (both) => {
        both.prepare(['sleeper', 'unruly'], 1);
        await Promise.all(both.run([job(['sleeper'])]));
        void both.run([job(['unruly', { behaviour: 'block' }])]);
        // Of these the first may stand behind the one that blocks; it is by that one that the others know.
        void both.run([job(['sleeper'])]);
        const [outcome] = await Promise.all(both.run([job(['sleeper'])]));
        expect(outcome?.runs[0]?.status).toBe('OK');
      },
      { graceMs: 3_600_000, takeMs: 0 },
    ));
});
