import { describe, expect, it } from 'vitest';
import { MetricSets } from './services/results/intern.js';
import { RawBucketSource, RAW_PAGE } from './services/series/bucket-reader.js';
import type { RunSql } from './services/store.js';
import { createTest, resultInput, submit, testInput, tideAgent, type SeenTest } from './testing/measuring.js';
import { ownServer } from './testing/own-server.js';
import { setSetting } from './testing/settings.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Midnight, five days ago. */
const START = Math.floor(Date.now() / DAY - 5) * DAY;
const SERIES = `query ($testId: ID!, $from: DateTime!, $to: DateTime!) {
  series(testId: $testId, metrics: ["tide.level"], from: $from, to: $to, maxPoints: 500) { resolutionSeconds points { at count min max } } }`;
const UPDATE =
  'mutation ($id: ID!, $revision: Int!, $input: TestInput!) { updateTest(id: $id, revision: $revision, input: $input) { id } }';

interface Seen {
  readonly resolutionSeconds: number;
  readonly points: readonly { readonly count: number }[];
}

describe('a chart over a change of the interval', () => {
  const server = ownServer();

  /** A test with results of `seconds` apart from START on, which are rolled up; its interval is then another. */
  const changed = async (seconds: number, count: number, later: number): Promise<SeenTest> => {
    const { app, admin } = server;
    const attic = await tideAgent(app);
    const test = await createTest(admin, testInput([attic.id], { schedule: { intervalSeconds: seconds } }));
    const results = Array.from({ length: count }, (_, index) =>
      resultInput(test, START + index * seconds * 1000, { sequence: index, metrics: { 'tide.ok': 1, 'tide.level': index } }),
    );
    expect((await submit(attic.client, results)).accepted).toHaveLength(count);
    await app.services.rollups.runAll();
    const input = testInput([attic.id], { schedule: { intervalSeconds: later } });
    await admin.data(UPDATE, { id: test.id, revision: 1, input });
    return test;
  };
  const series = async (test: SeenTest, to: number): Promise<Seen | undefined> => {
    const range = { from: new Date(START).toISOString(), to: new Date(to).toISOString() };
    return (await server.admin.data<{ series: Seen[] }>(SERIES, { testId: test.id, ...range })).series[0];
  };
  const counted = (seen: Seen | undefined): number => seen?.points.reduce((sum, { count }) => sum + count, 0) ?? 0;
  /** From now on there are rollups of that time alone. */
  const withoutRaw = async (): Promise<void> => {
    await setSetting(server.app, 'retention.detailDays', 1);
    await setSetting(server.app, 'retention.resultDays', 1);
    // PostgreSQL removes whole weeks: what counts is that they are not kept any more.
    await server.app.services.retention.run(Date.now());
  };

  it.each([
    ['a second to three hours', 1, 2000, 10_800],
    ['a minute to three hours', 60, 600, 10_800],
    ['three hours to a minute', 10_800, 16, 60],
    ['a month to a second', 30 * 86_400, 1, 1],
  ])('has all of it, with single results and without: from %s', async (_what, before, count, after) => {
    const test = await changed(before, count, after);
    expect(counted(await series(test, START + 3 * DAY))).toBe(count);
    await withoutRaw();
    expect(counted(await series(test, START + 3 * DAY))).toBe(count);
    expect(counted(await series(test, START + DAY))).toBe(Math.min(count, Math.ceil(86_400 / before)));
  });

  it('is as fine as it was measured then', async () => {
    const test = await changed(60, 600, 10_800);
    expect((await series(test, START + 4 * HOUR))?.resolutionSeconds).toBeLessThanOrEqual(120);
  });

  it('reads no more results at once than fit into memory, however many there are', async () => {
    const { store } = server.app.services;
    const test = await changed(0.1, 2000, 10_800);
    const [row] = await store.read<{ id: number }>('select id from assignment where test_id = ?', [test.id]);
    const [latest] = await store.read<{ id: number }>('select metric_set as id from assignment_metric_set where assignment = ?', [row?.id]);
    const set = await new MetricSets().get(store.read, latest?.id ?? NaN);
    const reads: number[] = [];
    const read: RunSql = Object.assign(
      async (query: string, bindings?: readonly unknown[]) => {
        const rows = await store.read(query, bindings);
        for (const { numbers } of rows as { numbers?: string }[]) if (numbers !== undefined) reads.push(numbers.split('\n').length);
        return rows as never;
      },
      { dialect: store.read.dialect },
    );
    const raw = new RawBucketSource({ read }, 700);
    const wanted = [{ id: 'tide.level', kind: 'LEVEL' as never }];
    const found = await raw.read(row?.id ?? NaN, [set], wanted, { from: START, to: START + DAY, origin: 0, stepMs: DAY });
    const [content] = [...(found.get('tide.level')?.values() ?? [])];
    expect(content?.tally).toMatchObject({ count: 2000, min: 0, max: 1999 });
    expect(Math.max(...reads)).toBeLessThanOrEqual(700);
    expect(RAW_PAGE).toBeLessThanOrEqual(5000);
  });
});
