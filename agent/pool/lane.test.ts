import { fileURLToPath } from 'node:url';
import { Tinypool } from 'tinypool';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TEST_SOURCES } from '../testing/plug-ins.js';
import { Lane, type Loss } from './lane.js';
import type { FinishedCall, SentJob } from './protocol.js';

const job = (id: number, probe: string, settings = {}): SentJob => ({
  id,
  target: { kind: 'HOST', address: '127.0.0.1', host: '127.0.0.1' },
  seed: 'seed',
  cycle: { sendSlipsMs: [], receiveDrops: 0 },
  stages: [[{ probe, settings, call: 0 }]],
});

describe('Lane', () => {
  let workers: Tinypool;
  const finished: FinishedCall[] = [];
  let lost: { loss: Loss; ids: number[] } | undefined;
  let changed: () => void = () => undefined;

  beforeEach(() => {
    finished.length = 0;
    lost = undefined;
    workers = new Tinypool({
      filename: fileURLToPath(new URL('../../dist/agent/worker.js', import.meta.url)),
      minThreads: 0,
      maxThreads: 2,
    });
  });

  afterEach(() => workers.destroy());

  function open(): Lane {
    const events = {
      finished: (call: FinishedCall): void => {
        finished.push(call);
        changed();
      },
      lost: (loss: Loss, jobs: readonly SentJob[]): void => {
        lost = { loss, ids: jobs.map(({ id }) => id) };
        changed();
      },
    };
    return new Lane(workers, { sources: TEST_SOURCES, worker: 0 }, { startMs: 20_000, graceMs: 300, takeMs: 1000 }, events);
  }

  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => (changed = resolve));
  }

  it('tells of each run as it ends, a short one before a long one', async () => {
    const lane = open();
    lane.post([job(1, 'sleeper', { ms: 300 }), job(2, 'sleeper')]);
    await until(() => finished.length === 2);
    expect(finished.map(({ id }) => id)).toEqual([2, 1]);
    await lane.end();
  });

  it('loses only the runs under way when its worker is killed', async () => {
    const lane = open();
    lane.post([job(1, 'sleeper'), job(2, 'sleeper', { ms: 60_000, deadlineMs: 60_000 })]);
    await until(() => finished.length === 1);
    await workers.threads[0]?.terminate();
    await until(() => lost !== undefined);
    expect(finished.map(({ id }) => id)).toEqual([1]);
    expect(lost).toEqual({ loss: { kind: 'crashed', message: 'the worker ended without a word' }, ids: [2] });
  });

  it('names the run whose code hung the worker', async () => {
    const lane = open();
    lane.post([job(7, 'sleeper', { ms: 100 }), job(8, 'unruly', { behaviour: 'block' })]);
    await until(() => lost !== undefined);
    expect(lost?.loss).toMatchObject({ kind: 'hung', culprit: { id: 8, call: 0 } });
    expect(lost?.ids).toEqual([7, 8]);
    await lane.end();
  });

  it('ends with its jobs given up', async () => {
    const lane = open();
    lane.post([job(1, 'unruly', { behaviour: 'block' })]);
    await lane.end();
    expect(lost).toBeUndefined();
  });
});
