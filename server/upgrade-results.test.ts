import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pino } from 'pino';
import { openDatabase } from './db.js';
import { startTestApp, type TestApp } from './testing/app.js';
import { HttpClient } from './testing/client.js';
import { resultInput, submit, type Submitted } from './testing/measuring.js';
import { fillOldDatabase, OLD_SECRETS, OLD_START, OLD_TESTS, oldNumbers, oldResults, type OldResult } from './testing/old-database.js'; // prettier-ignore
import { emptyPlace, removePlace, type Place } from './testing/place.js';
import { setSetting } from './testing/settings.js';
import { ON_POSTGRES } from './testing/test-database.js';

const DAY_MS = 86_400_000;
const ROWS = 'select level, count(*) as n from rollup group by level order by level';
const SILENT = pino({ level: 'silent' });
const RESULTS = oldResults();
const of = (assignment: number): OldResult[] => RESULTS.filter((result) => result.assignment === assignment);
const iso = (at: number): string => new Date(at).toISOString();

const PAGE = `query ($id: ID!, $targetId: ID, $after: String) { test(id: $id) { results(first: 70, targetId: $targetId, after: $after) { totalCount
  nodes { id sequence revision scheduledAt startedAt receivedAt status target { id } metrics { metric value errorBound }
    runs { probe method status startedAt durationMs error { code message } absent { metric reason } flow details } }
  pageInfo { hasNextPage endCursor } } } }`;
const SERIES = `query ($testId: ID!, $metrics: [ID!]!, $targetIds: [ID!], $from: DateTime!, $to: DateTime!, $maxPoints: Int) {
  series(testId: $testId, metrics: $metrics, targetIds: $targetIds, from: $from, to: $to, maxPoints: $maxPoints) {
    metric { id } resolutionSeconds points { at count min max avg p50 } gaps { cause } } }`;

interface Page {
  readonly totalCount: number;
  readonly nodes: readonly { readonly id: string }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}
interface Series {
  readonly metric: { readonly id: string };
  readonly resolutionSeconds: number;
  readonly points: readonly { at: string; count: number; min: number; max: number; avg: number | null; p50: number | null }[];
  readonly gaps: readonly unknown[];
}

describe('a database with results from before the rollups, once it is upgraded', () => {
  let place: Place;
  let app: TestApp;
  let client: HttpClient;
  let marks: { level: number; n: number }[];

  beforeAll(async () => {
    place = await emptyPlace();
    const old = await openDatabase(place, SILENT, { migrate: false });
    await fillOldDatabase(old, RESULTS, ON_POSTGRES ? 'postgres' : 'sqlite');
    await old.close(true);
    const upgraded = await openDatabase(place, SILENT);
    marks = await upgraded.em.fork().execute('select level, count(*) as n from rollup_dirty group by level order by level');
    await upgraded.close(true);
    app = await startTestApp({ databaseUrl: place.databaseUrl }, place.data);
    client = new HttpClient(app.url, OLD_SECRETS.api);
  });
  afterAll(async () => {
    await app.close();
    await removePlace(place);
  });

  const series = async (testId: string, metrics: string[], seconds: number, maxPoints: number): Promise<Series[]> => {
    const range = { from: iso(OLD_START), to: iso(OLD_START + seconds * 1000) };
    return (await client.data<{ series: Series[] }>(SERIES, { testId, metrics, targetIds: ['g1'], ...range, maxPoints })).series;
  };
  const exported = async (query: Record<string, string>): Promise<string> => {
    const headers = { authorization: `Bearer ${OLD_SECRETS.api}` };
    return (await fetch(`${app.url}/export/results?${String(new URLSearchParams(query))}`, { headers })).text();
  };

  it('has every bucket of its results marked, so that each is rolled up', () => {
    // The minutes of both targets of the one test; the hours of the other, whose interval is too long for minutes.
    expect(marks.map(({ level, n }) => [level, Number(n)])).toEqual([
      [1, 20 + 1],
      [2, 2],
    ]);
  });

  it.each(OLD_TESTS.flatMap(({ id, assignments }) => assignments.map((each) => ({ test: id, ...each }))))(
    'shows the $results results of test $test to $target as they were',
    async ({ test, target, results, id }) => {
      const seen: { readonly id: string }[] = [];
      for (let after: string | null = null, more = true; more;) {
        const page: Page = (await client.data<{ test: { results: Page } }>(PAGE, { id: test, targetId: target, after })).test.results;
        expect(page.totalCount).toBe(results);
        seen.push(...page.nodes);
        after = page.pageInfo.endCursor;
        more = page.pageInfo.hasNextPage;
      }
      expect(seen).toEqual(of(id).reverse().map(expectedResult)); // prettier-ignore
    },
  );

  it('draws them result by result', async () => {
    const [level] = await series('t1', ['tide.level'], 1200, 500);
    expect(level?.resolutionSeconds).toBe(5);
    expect(level?.gaps).toEqual([]);
    expect(level?.points).toEqual(
      of(1).map(({ at, index }) => ({ at: iso(at), count: 1, min: index + 0.5, max: index + 0.5, avg: index + 0.5, p50: index + 0.5 })),
    );
  });

  it('exports them', async () => {
    const lines = (await exported({ test: 't1', target: 'g1', format: 'json' })).trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>); // prettier-ignore
    expect(lines.map(({ id, sequence, startedAt, status, metrics }) => ({ id, sequence, startedAt, status, metrics }))).toEqual(
      of(1).reverse().map((result) => ({ id: result.id, sequence: result.index, startedAt: iso(result.at), status: statusOf(result), metrics: oldNumbers(result) })), // prettier-ignore
    );
    const [head = '', ...rows] = (await exported({ test: 't2' })).trimEnd().split('\r\n');
    const [id, level] = ['id', 'tide.level'].map((column) => head.split(',').indexOf(column));
    const cells = rows.map((row) => row.split(','));
    expect(cells.map((row) => [row[id ?? -1], Number(row[level ?? -1])])).toEqual(of(3).reverse().map((result) => [result.id, result.index + 0.5])); // prettier-ignore
  });

  it('takes in more, and knows those again that it has', async () => {
    const agent = new HttpClient(app.url, OLD_SECRETS.agent);
    const test = { id: 't1', targets: [{ id: 'g1', address: 'g1.example', host: 'g1.example', port: null, kind: 'HOST' }] };
    const [known] = of(1);
    if (!known) throw new Error('there are old results');
    const late = resultInput(test, OLD_START + 3_600_000, { revision: 2 });
    const again = { ...resultInput(test, known.at), id: known.id, sequence: known.index, revision: 2 };
    const answer: Submitted = await submit(agent, [late, again]);
    expect(answer).toEqual({ accepted: [late.id, known.id], rejected: [] });
    const { results } = (await client.data<{ test: { results: Page } }>(PAGE, { id: 't1', targetId: 'g1' })).test;
    expect([results.totalCount, results.nodes[0]?.id]).toEqual([241, late.id]);
  });

  it('draws them rolled up, by minute and by hour, once the results themselves are gone', async () => {
    await app.services.rollups.runAll();
    // Rows by level: of each minute, of each hour and metric set, of each day and metric set; the late result has a minute and an hour of its own.
    const rows = await app.services.store.read<{ level: number; n: number }>(ROWS);
    expect(rows.map(({ level, n }) => [level, n])).toEqual([
      [1, 20 + 1 + 1],
      [2, 2 + 1 + 2 + 1],
      [3, 2 + 1 + 2],
    ]);
    await setSetting(app, 'retention.detailDays', 1);
    await setSetting(app, 'retention.resultDays', 1);
    // Later than now, so that on PostgreSQL the whole week is over.
    expect(await app.services.retention.run(Date.now() + 10 * DAY_MS)).toMatchObject({ results: RESULTS.length + 1, rollups: 0 });
    await expectRolledUp();
  });

  async function expectRolledUp(): Promise<void> {
    const metrics = ['tide.level', 'tide.loss', 'tide.wave', 'tide.ok'];
    const minutes = new Map((await series('t1', metrics, 1200, 21)).map((each) => [each.metric.id, each]));
    expect(minutes.get('tide.level')?.resolutionSeconds).toBe(60);
    for (const [at, point] of [...(minutes.get('tide.level')?.points.entries() ?? [])]) {
      const { p50, ...exact } = point;
      expect(exact).toEqual({ at: iso(OLD_START + at * 60_000), count: 12, min: 12 * at + 0.5, max: 12 * at + 11.5, avg: 12 * at + 6 });
      // The sketch is right to 1 %.
      expect(Math.abs((p50 ?? NaN) / (12 * at + 5.5) - 1)).toBeLessThanOrEqual(0.0101);
    }
    expect(minutes.get('tide.level')?.points).toHaveLength(20);
    expect(minutes.get('tide.ok')?.points).toHaveLength(20);
    // The first five minutes had the narrow metric set.
    expect(minutes.get('tide.loss')?.points).toMatchObject(Array.from({ length: 15 }, () => ({ count: 12, min: 0, max: 30, avg: 15 })));
    expect(minutes.get('tide.wave')?.points).toMatchObject(
      Array.from({ length: 15 }, (_, at) => ({ count: 36, min: 60 + 12 * at, max: 60 + 12 * at + 11.5, avg: 60 + 12 * at + 5.75 })),
    );
    const [hours] = await series('t2', ['tide.level'], 7200, 3);
    expect(hours?.points).toMatchObject([
      { at: iso(OLD_START), count: 60, min: 0.5, max: 59.5, avg: 30 },
      { at: iso(OLD_START + 3_600_000), count: 60, min: 60.5, max: 119.5, avg: 90 },
    ]);
  }
});

const statusOf = ({ index }: OldResult): string => (index % 10 === 9 ? 'PARTIAL' : 'OK');

/** An old result as the API shows it. */
function expectedResult(result: OldResult): unknown {
  const { id, index, at, wide, targetId } = result;
  const numbers = Object.entries(oldNumbers(result));
  const run = { probe: 'tide', method: 'float gauge', status: statusOf(result), startedAt: iso(at + 3), durationMs: 12.5 };
  return {
    ...{
      id,
      sequence: index,
      revision: 2,
      scheduledAt: iso(at - 2),
      startedAt: iso(at),
      receivedAt: iso(at + 40),
      status: statusOf(result),
    },
    target: { id: targetId },
    metrics: numbers.map(([metric, value]) => ({ metric, value, errorBound: metric === 'tide.level' && index % 5 === 0 ? 0.01 : null })),
    runs: [
      {
        ...run,
        error: index % 10 === 9 ? { code: 'TIMEOUT', message: 'no ebb in time' } : null,
        absent: wide ? [{ metric: 'tide.code', reason: 'no code today' }] : [],
        flow: { port: 7000 + index, family: 4 },
        details: { gauge: 'north', marks: [index, index + 1] },
      },
    ],
  };
}
