import pg from 'pg';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { Partitions } from './services/results/partitions.js';
import { RetentionService } from './services/retention/retention.js';
import { WeekRemoval } from './services/retention/week-removal.js';
import type { HttpClient } from './testing/client.js';
import { createTest, readTest, resultInput, submit, testInput, tideAgent, type SeenTest, type TideAgent } from './testing/measuring.js';
import { ownServer } from './testing/own-server.js';
import { setSetting } from './testing/settings.js';
import { ON_POSTGRES } from './testing/test-database.js';

const DAY = 86_400_000;
const WEEK = 7 * DAY;
/** The first moment of a week that is over, but less than 90 days old. */
const OLD_WEEK = (Math.floor(Date.now() / WEEK) - 8) * WEEK;
const MIDDLE = OLD_WEEK + WEEK;
const YOUNG = OLD_WEEK + 6 * WEEK;
/** The old week is over for as long as results are kept; the one after it is not, though some of its days are. */
const NOW = OLD_WEEK + WEEK + 37 * DAY + 1000;

const PAGE =
  'query ($id: ID!, $after: String) { test(id: $id) { results(first: 90, after: $after) { totalCount edges { node { id } } pageInfo { hasNextPage endCursor } } } }';
interface Page {
  readonly test: {
    readonly results: {
      readonly totalCount: number;
      readonly edges: { readonly node: { readonly id: string } }[];
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    };
  };
}
const SERIES = `query ($testId: ID!, $agentIds: [ID!], $from: DateTime!, $to: DateTime!) {
  series(testId: $testId, metrics: ["tide.level"], agentIds: $agentIds, from: $from, to: $to) { points { at count min avg max p50 } } }`;

describe.runIf(ON_POSTGRES)('retention on PostgreSQL', () => {
  const server = ownServer();
  const tables = async (from: number): Promise<(string | null)[]> => {
    const week = from / WEEK;
    const query = `select to_regclass('result_w${week}')::text as results, to_regclass('result_detail_w${week}')::text as details`;
    const [row] = await server.app.services.store.read<{ results: string | null; details: string | null }>(query);
    return [row?.results ?? null, row?.details ?? null];
  };
  const there = (from: number): string[] => [`result_w${from / WEEK}`, `result_detail_w${from / WEEK}`];
  const GONE = [null, null];
  const count = async (table: string): Promise<number> =>
    (await server.app.services.store.read<{ n: number }>(`select count(*) as n from ${table}`))[0]?.n ?? NaN;

  it('drops a week as a whole once it is over, and counts what is left', async () => {
    const { app, admin } = server;
    const [attic, cellar] = [await tideAgent(app), await tideAgent(app, 'Cellar')];
    const test = await createTest(admin, testInput([attic.id, cellar.id]));
    // The cellar has results in the old week alone.
    await send(attic, test, OLD_WEEK, 120);
    await send(attic, test, MIDDLE, 100);
    await send(attic, test, YOUNG, 30);
    await send(cellar, test, OLD_WEEK + DAY, 40);
    await app.services.rollups.runAll();
    await setSetting(app, 'retention.detailDays', 20);
    await setSetting(app, 'retention.resultDays', 33);
    const rollups = await count('rollup');
    const chart = await chartOf(admin, test, attic);

    expect(await app.services.retention.run(NOW)).toEqual({ results: 160, details: 0, rollups: 0, events: 0, forms: 0 });
    expect([await tables(OLD_WEEK), await tables(MIDDLE), await tables(YOUNG)]).toEqual([GONE, there(MIDDLE), there(YOUNG)]);
    expect([await count('result'), await count('result_detail'), await count('rollup')]).toEqual([130, 130, rollups]);
    expect(await walk(admin, test)).toEqual({ totalCount: 130, walked: 130 });
    expect(await chartOf(admin, test, attic)).toEqual(chart);
    const seen = (await readTest(admin, test.id)).assignments.nodes;
    const last = new Map(seen.map(({ agent, lastResult }) => [agent.id, lastResult !== null]));
    expect([last.get(attic.id), last.get(cellar.id)]).toEqual([true, false]);
    expect(await app.services.retention.run(NOW)).toEqual({ results: 0, details: 0, rollups: 0, events: 0, forms: 0 });
  });

  it('keeps a week until every bucket in it is made, and no other week with it', async () => {
    const { app, admin } = server;
    const attic = await tideAgent(app);
    const test = await createTest(admin, testInput([attic.id]));
    await send(attic, test, OLD_WEEK, 10);
    await send(attic, test, MIDDLE, 10);
    await app.services.store.write((sql) => sql('delete from rollup_dirty where bucket >= ?', [MIDDLE]));
    const now = MIDDLE + WEEK + 92 * DAY;
    expect(await app.services.retention.run(now)).toMatchObject({ results: 10 });
    expect([await tables(OLD_WEEK), await tables(MIDDLE)]).toEqual([there(OLD_WEEK), GONE]);
    await app.services.rollups.runAll();
    expect(await app.services.retention.run(now)).toMatchObject({ results: 10 });
    expect(await tables(OLD_WEEK)).toEqual(GONE);
    expect(await walk(admin, test)).toEqual({ totalCount: 0, walked: 0 });
  });

  it('empties the details of a week once all of them came long ago, and leaves the results', async () => {
    const { app, admin } = server;
    const attic = await tideAgent(app);
    const test = await createTest(admin, testInput([attic.id]));
    await send(attic, test, OLD_WEEK, 10);
    await send(attic, test, MIDDLE, 10);
    // As if all had come when they were measured, but for one in the middle week.
    const query = 'update result set received = 1 where seq <> (select max(seq) from result)';
    await app.services.store.write((sql) => sql(query));
    expect(await app.services.retention.run(Date.now())).toEqual({ results: 0, details: 10, rollups: 0, events: 0, forms: 0 });
    expect([await count('result'), await count('result_detail')]).toEqual([20, 10]);
    expect([await tables(OLD_WEEK), await tables(MIDDLE)]).toEqual([there(OLD_WEEK), there(MIDDLE)]);
    expect(await walk(admin, test)).toEqual({ totalCount: 20, walked: 20 });
  });

  it('lets nobody wait for a week that is read for long, and drops it when it is free', async () => {
    const { app, admin } = server;
    const attic = await tideAgent(app);
    const test = await createTest(admin, testInput([attic.id]));
    await send(attic, test, OLD_WEEK, 10);
    await app.services.rollups.runAll();
    const reader = new pg.Client({ connectionString: app.services.config.databaseUrl });
    await reader.connect();
    const now = OLD_WEEK + WEEK + 92 * DAY;
    try {
      await reader.query('begin; select count(*) from result');
      expect(await app.services.retention.run(now)).toMatchObject({ results: 0 });
      expect(app.logged.filter(({ msg }) => String(msg).includes('in use'))).toHaveLength(1);
      expect(await walk(admin, test)).toEqual({ totalCount: 10, walked: 10 });
      await send(attic, test, YOUNG, 5);
    } finally {
      await reader.end();
    }
    expect(await app.services.retention.run(now)).toMatchObject({ results: 10 });
    expect(await walk(admin, test)).toEqual({ totalCount: 5, walked: 5 });
  });

  it('makes a week again that another server dropped, when results come to it after all', async () => {
    const { app, admin } = server;
    const attic = await tideAgent(app);
    const test = await createTest(admin, testInput([attic.id]));
    await send(attic, test, OLD_WEEK, 10);
    await app.services.rollups.runAll();
    const { store } = app.services;
    const other = new RetentionService(
      store,
      app.services.settings,
      new WeekRemoval(store, new Partitions(store), pino({ level: 'silent' })),
    );
    expect(await other.run(OLD_WEEK + WEEK + 92 * DAY)).toMatchObject({ results: 10 });
    expect(await tables(OLD_WEEK)).toEqual(GONE);
    await send(attic, test, OLD_WEEK + DAY, 10);
    expect(await tables(OLD_WEEK)).toEqual(there(OLD_WEEK));
    expect(await walk(admin, test)).toEqual({ totalCount: 10, walked: 10 });
  });
});

async function send({ client }: TideAgent, test: SeenTest, from: number, count: number): Promise<void> {
  const results = Array.from({ length: count }, (_, index) =>
    resultInput(test, from + index * 5000, { metrics: { 'tide.ok': 1, 'tide.level': index } }),
  );
  expect((await submit(client, results)).accepted).toHaveLength(count);
}

/** What the counters say, and how many results the pages have. */
async function walk(client: HttpClient, { id }: SeenTest): Promise<{ totalCount: number; walked: number }> {
  const seen = new Set<string>();
  let after: string | null = null;
  for (;;) {
    const page: Page = await client.data<Page>(PAGE, { id, after });
    const { results } = page.test;
    for (const { node } of results.edges) seen.add(node.id);
    if (!results.pageInfo.hasNextPage) return { totalCount: results.totalCount, walked: seen.size };
    after = results.pageInfo.endCursor;
  }
}

/** The rolled up level of the old week. */
async function chartOf(client: HttpClient, { id: testId }: SeenTest, { id }: TideAgent): Promise<unknown> {
  const range = { from: new Date(OLD_WEEK).toISOString(), to: new Date(MIDDLE).toISOString() };
  const { series } = await client.data<{ series: { points: { count: number }[] }[] }>(SERIES, { testId, agentIds: [id], ...range });
  expect(series[0]?.points.reduce((sum, { count }) => sum + count, 0)).toBe(120);
  return series;
}
