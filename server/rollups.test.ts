import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from './testing/app.js';
import type { HttpClient } from './testing/client.js';
import {
  createTest,
  learnMetric,
  resultInput,
  submit,
  testInput,
  tideAgent,
  type SeenTest,
  type Submitted,
  type TideAgent,
} from './testing/measuring.js';
import { setUpAdmin } from './testing/people.js';
import { RawBucketSource, type Buckets, type BucketRange } from './services/series/bucket-reader.js';
import { RollupReader } from './services/series/rollup-reader.js';
import { RollupBucketSource } from './services/series/series-source.js';
import { summarise, type BucketStatistics } from './services/series/statistics.js';
import { levelsFor } from './services/rollups/levels.js';
import { GRACE_MS } from './services/rollups/marks.js';
import { RollupMaker } from './services/rollups/maker.js';
import { RollupService } from './services/rollups/rollups.js';
import { MetricSets } from './services/results/intern.js';
import type { MetricSet } from './services/results/codec.js';
import type { Store } from './services/store.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Midnight, two days ago. */
const START = Math.floor(Date.now() / DAY - 2) * DAY;
const METRICS = ['tide.ok', 'tide.level', 'tide.code', 'tide.loss', 'tide.sent', 'tide.wave'];

/** Whole numbers and others, of several decades, some absent, some negative; RATIOs with weights that differ. */
function numbers(index: number): Record<string, unknown> {
  const wild = ((index * 7919) % 1000) / 1000;
  const level = index % 7 === 0 ? {} : { 'tide.level': Number(((wild - 0.2) * 10 ** (index % 5)).toPrecision(6)) };
  const sent = index % 11 === 0 ? {} : { 'tide.sent': 10 + (index % 40) };
  const wave =
    index % 5 === 0 ? {} : { 'tide.wave': Array.from({ length: index % 9 }, (_, place) => Number((1 + wild * place).toPrecision(6))) };
  return {
    metrics: { ...level, ...sent, 'tide.ok': index % 2, 'tide.code': 200 + (index % 3), 'tide.loss': Number((100 * wild).toPrecision(6)) },
    distributions: wave,
  };
}

describe('rollups', () => {
  let app: TestApp;
  let admin: HttpClient;
  let attic: TideAgent;
  let store: Store;

  beforeAll(async () => {
    app = await startTestApp();
    admin = await setUpAdmin(app);
    attic = await tideAgent(app);
    store = app.services.store;
  });
  afterAll(async () => {
    await app.end();
  });

  const created = (intervalSeconds: number): Promise<SeenTest> =>
    createTest(admin, testInput([attic.id], { schedule: { intervalSeconds } }));
  const fill = async (test: SeenTest, starts: readonly number[], first = 0): Promise<void> => {
    const results = starts.map((at, index) => resultInput(test, at, { sequence: first + index, ...numbers(first + index) }));
    expect((await submit(attic.client, results)).accepted).toHaveLength(starts.length);
  };
  const assignmentOf = async (test: SeenTest): Promise<number> =>
    (await store.read<{ id: number }>('select id from assignment where test_id = ?', [test.id]))[0]?.id ?? NaN;
  const rowsOf = async (test: SeenTest): Promise<string[]> => {
    const query = 'select level, count(*) as n, sum(results) as results from rollup where assignment = ? group by level order by level';
    const rows = await store.read<{ level: number; n: number; results: number }>(query, [await assignmentOf(test)]);
    return rows.map(({ level, n, results }) => `${level}: ${n} of ${results}`);
  };

  /** Statistics of each metric's buckets, from raw results alone and with rollups down to what is finest. */
  const bothWays = async (test: SeenTest, intervalSeconds: number, range: BucketRange): Promise<Record<'raw' | 'rolled', Statistics>> => {
    const assignment = await assignmentOf(test);
    const query = 'select metric_set as id from assignment_metric_set where assignment = ?';
    const ids = await store.read<{ id: number }>(query, [assignment]);
    const known = new MetricSets();
    const sets: MetricSet[] = [];
    for (const { id } of ids) sets.push(await known.get(store.read, id));
    const wanted = METRICS.map((id) => app.services.catalogue.metric(id)).filter((metric) => metric !== undefined);
    const raw = new RawBucketSource(store);
    const levels = levelsFor(intervalSeconds * 1000)
      .reverse()
      .filter(({ ms }) => range.stepMs % ms === 0);
    const rolled = new RollupBucketSource({ store, raw, rollups: new RollupReader(store), keptSince: () => 0 }, levels);
    const kindOf = new Map(wanted.map(({ id, kind }) => [id, kind]));
    const summed = (found: Map<string, Buckets>): Statistics =>
      new Map(
        [...found].flatMap(([id, buckets]) =>
          [...buckets].map(([bucket, content]) => [`${id} ${bucket}`, summarise(kindOf.get(id) ?? ('LEVEL' as never), content)] as const),
        ),
      );
    return {
      raw: summed(await raw.read(assignment, sets, wanted, range)),
      rolled: summed(await rolled.read(assignment, sets, wanted, range)),
    };
  };
  const expectSame = async (test: SeenTest, intervalSeconds: number, range: BucketRange): Promise<void> => {
    const { raw, rolled } = await bothWays(test, intervalSeconds, range);
    expect([...rolled.keys()].sort()).toEqual([...raw.keys()].sort());
    expect(raw.size).toBeGreaterThan(0);
    for (const [key, truth] of raw) expectAlike(rolled.get(key), truth, key);
  };

  it('tell the same as raw results: levels over levels, edges that cut buckets, values that are absent', async () => {
    const test = await created(5);
    await fill(
      test,
      Array.from({ length: 1500 }, (_, index) => START + index * 5000 + (index % 3) * 100),
    );
    await app.services.rollups.runAll();
    expect(await rowsOf(test)).toEqual(['1: 125 of 1500', '2: 3 of 1500', '3: 1 of 1500']);
    for (const stepMs of [MINUTE, 5 * MINUTE, HOUR, DAY]) {
      await expectSame(test, 5, { from: START, to: START + DAY, origin: 0, stepMs });
      await expectSame(test, 5, { from: START + 754_321, to: START + 2 * HOUR - 1234, origin: 0, stepMs });
    }
  });

  it('are made again where late results fall, and read from results until then', async () => {
    const test = await created(5);
    const starts = Array.from({ length: 720 }, (_, index) => START + index * 5000);
    const late = starts.filter((_, index) => index % 10 === 3);
    await fill(
      test,
      starts.filter((at) => !late.includes(at)),
    );
    await app.services.rollups.runAll();
    await fill(test, late, 5000);
    const range = { from: START, to: START + DAY, origin: 0, stepMs: HOUR };
    await expectSame(test, 5, range);
    await app.services.rollups.runAll();
    expect(await rowsOf(test)).toEqual(['1: 60 of 720', '2: 1 of 720', '3: 1 of 720']);
    await expectSame(test, 5, range);
  });

  it('of a long interval begin with the level of at least ten intervals', async () => {
    const test = await created(60);
    await fill(
      test,
      Array.from({ length: 600 }, (_, index) => START + index * MINUTE),
    );
    await app.services.rollups.runAll();
    expect(await rowsOf(test)).toEqual(['2: 10 of 600', '3: 1 of 600']);
    await expectSame(test, 60, { from: START + MINUTE / 2, to: START + DAY, origin: 0, stepMs: 2 * HOUR });
  });

  it('stay whole when the interval changes: an hour that was made from results is never made from fewer minutes', async () => {
    const test = await created(60);
    await fill(
      test,
      Array.from({ length: 120 }, (_, index) => START + index * MINUTE),
    );
    await app.services.rollups.runAll();
    const update =
      'mutation ($id: ID!, $revision: Int!, $input: TestInput!) { updateTest(id: $id, revision: $revision, input: $input) { id } }';
    await admin.data(update, { id: test.id, revision: 1, input: testInput([attic.id], { schedule: { intervalSeconds: 5 } }) });
    await fill(
      test,
      Array.from({ length: 720 }, (_, index) => START + 1.5 * HOUR + 2500 + index * 5000),
      120,
    );
    const range = { from: START, to: START + DAY, origin: 0, stepMs: HOUR };
    await expectSame(test, 5, { ...range, stepMs: MINUTE });
    await expectSame(test, 5, range);
    await app.services.rollups.runAll();
    await expectSame(test, 5, { ...range, stepMs: MINUTE });
    await expectSame(test, 5, range);
    expect((await rowsOf(test)).slice(1)).toEqual(['2: 3 of 840', '3: 1 of 840']);
  });

  it('of one bucket are one a metric set, where the agent learned a metric within it', async () => {
    const learner = await tideAgent(app, 'Cellar');
    const test = await createTest(admin, testInput([learner.id]));
    const send = (at: number, more: Record<string, unknown> = {}): Promise<Submitted> =>
      submit(learner.client, [resultInput(test, at, { metrics: { 'tide.ok': 1, 'tide.level': at % 1000, ...more } })]);
    await send(START + 1001);
    await learnMetric(app, learner, { id: 'tide.swell', unit: '1', title: 'Swell', description: 'How it swells.', kind: 'LEVEL' });
    const changes = app.pubsub.subscribe('assignmentsChanged')[Symbol.asyncIterator]();
    for (let change = changes.next(); (await send(START + 2002, { 'tide.swell': 9 })).accepted.length === 0; change = changes.next())
      await change;
    await changes.return?.();
    await app.services.rollups.runAll();
    expect(await rowsOf(test)).toEqual(['1: 2 of 2', '2: 2 of 2', '3: 2 of 2']);
    await expectSame(test, 5, { from: START, to: START + DAY, origin: 0, stepMs: DAY });
  });

  it('leave a bucket alone that a result fell into while it was made', async () => {
    const test = await created(5);
    await fill(test, [START, START + 5000]);
    const maker = new RollupMaker(store, new MetricSets(), app.services.catalogue);
    let late = 2;
    let attempts = 0;
    const interrupted = new RollupService(store, {
      make: async (mark) => {
        attempts += 1;
        const made = await maker.make(mark);
        if (late === 2) await fill(test, [START + 10_000], late++);
        return made;
      },
    });
    // The minute twice, since it was marked again; the hour and the day once.
    const made = await interrupted.runAll();
    expect({ late, made }).toEqual({ late: 3, made: 3 });
    expect(attempts).toBe(4);
    expect(await rowsOf(test)).toEqual(['1: 1 of 3', '2: 1 of 3', '3: 1 of 3']);
    const marks = await store.read('select 1 from rollup_dirty where assignment = ?', [await assignmentOf(test)]);
    expect(marks).toEqual([]);
  });

  it('wait until a bucket has closed', async () => {
    const test = await created(5);
    // An agent's clock may be a little ahead: this bucket is open for sure.
    await fill(test, [Date.now() - 10 * MINUTE, Date.now() + MINUTE]);
    await app.services.rollups.run(Date.now() + GRACE_MS);
    expect((await rowsOf(test))[0]).toBe('1: 1 of 1');
  });
});

type Statistics = Map<string, BucketStatistics>;

/** Counts and bounds exactly; means to the 6 digits that they have; percentiles within 1 %. */
function expectAlike(found: BucketStatistics | undefined, truth: BucketStatistics, what: string): void {
  const { count, min, max } = truth;
  expect({ what, ...found }).toMatchObject({ what, count, min, max });
  expectWithin(found?.avg, truth.avg, 1e-5, `${what} avg`);
  for (const name of ['p5', 'p25', 'p50', 'p75', 'p95', 'p99'] as const) expectWithin(found?.[name], truth[name], 0.01, `${what} ${name}`);
}

function expectWithin(found: number | null | undefined, truth: number | null, share: number, what: string): void {
  if (truth === null || found === null || found === undefined) return expect({ what, found }).toEqual({ what, found: truth });
  expect({ what, close: Math.abs(found - truth) <= share * Math.abs(truth) + 1e-12 }).toEqual({ what, close: true });
}
