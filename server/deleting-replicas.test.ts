import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startTestApp, type TestApp } from './testing/app.js';
import { socketClient, type HttpClient } from './testing/client.js';
import { hourOfThePast, TestClock } from './testing/clock.js';
import { createTest, Events, resultInput, submit, testInput, tideAgent, type SeenTest, type TideAgent } from './testing/measuring.js';
import { setUpAdmin, withApiToken } from './testing/people.js';
import { missingProgram } from './testing/program.js';
import { startRedis, type TestRedis } from './testing/redis.js';
import { ON_POSTGRES } from './testing/test-database.js';

const HOUR = 3_600_000;
const MOST_MS = 20_000;
const DELETE = 'mutation ($ids: [ID!]!) { deleteTests(ids: $ids) }';
const START = 'mutation ($id: ID!) { startTest(id: $id) { id } }';
const WORK = 'subscription { assignmentsChanged { testId } }';
const WAITING = 'select count(*) as n from pg_stat_activity where datname = current_database() and cardinality(pg_blocking_pids(pid)) > 0';
/** Tables with rows of a test. */
const TABLES = ['test', 'assignment', 'assignment_metric_set', 'test_event', 'test_interval', 'result'];
const missing = missingProgram('redis-server');

interface Work {
  readonly assignmentsChanged: readonly { readonly testId: string }[];
}

describe.runIf(ON_POSTGRES && !missing)(
  `a session that opens at one server while another deletes its test${missing ? ` (skipped: ${missing})` : ''}`,
  () => {
    let redis: TestRedis;
    let opener: TestApp;
    let deleter: TestApp;
    let admin: HttpClient;
    let attic: TideAgent;
    let clock: TestClock;
    let holder: pg.Client;
    let watcher: pg.Client;

    beforeAll(async () => {
      redis = await startRedis();
    });
    afterAll(() => redis?.remove());
    beforeEach(async () => {
      const start = hourOfThePast();
      clock = new TestClock(start);
      const shared = { settingsKey: randomBytes(32).toString('base64'), redisUrl: redis.url };
      opener = await startTestApp(shared, undefined, clock);
      const { databaseUrl } = opener.services.config;
      // Its clock stands still: it opens nothing.
      deleter = await startTestApp({ ...shared, databaseUrl }, undefined, new TestClock(start));
      admin = await withApiToken(opener, await setUpAdmin(opener), 'ADMIN');
      attic = await tideAgent(opener);
      [holder, watcher] = [new pg.Client({ connectionString: databaseUrl }), new pg.Client({ connectionString: databaseUrl })];
      await Promise.all([holder.connect(), watcher.connect()]);
    });
    afterEach(async () => {
      await Promise.all([holder.end(), watcher.end()]);
      await opener.close();
      await deleter.end();
      await opener.end();
    });

    /** Resolves when so many transactions wait for a lock. */
    const untilWaiting = (count: number): Promise<unknown> =>
      vi.waitUntil(async () => Number((await watcher.query<{ n: string }>(WAITING)).rows[0]?.n) === count, {
        timeout: MOST_MS,
        interval: 10,
      });
    /** Both want the test while a third one has it; they get it in this order. */
    const oneAfterTheOther = async ({ id }: SeenTest, first: () => void, second: () => void): Promise<void> => {
      await holder.query('begin');
      await holder.query('select 1 from test where id = $1 for update', [id]);
      first();
      await untilWaiting(1);
      second();
      await untilWaiting(2);
      await holder.query('commit');
    };
    const rowsOf = async (table: string): Promise<number> =>
      Number((await watcher.query<{ n: string }>(`select count(*) as n from ${table}`)).rows[0]?.n);
    const hourly = { cron: '0 * * * *', durationSeconds: 60 };
    const byClock = (): Promise<string | undefined> => {
      clock.advance(HOUR / 1000);
      return Promise.resolve(undefined);
    };
    const byPerson = ({ id }: SeenTest): Promise<string | undefined> => admin.code(START, { id });

    it.each([
      ['a test of its own, opened first', { ...hourly, recurrence: 'NEW_TEST' }, byClock, 'opening', 2],
      ['a test of its own, deleted first', { ...hourly, recurrence: 'NEW_TEST' }, byClock, 'deleting', 1],
      ['one of several, opened first', { ...hourly, recurrence: 'CONTINUE' }, byClock, 'opening', 1],
      ['one of several, deleted first', { ...hourly, recurrence: 'CONTINUE' }, byClock, 'deleting', 1],
      ['a test of its own that a person opens first', { ...hourly, recurrence: 'NEW_TEST' }, byPerson, 'opening', 2],
      ['a test of its own that a person would open', { ...hourly, recurrence: 'NEW_TEST' }, byPerson, 'deleting', 1],
    ] as const)('leaves nothing of it, and no agent at work for it: %s', async (_what, schedule, open, first, tests) => {
      const test = await createTest(admin, testInput([attic.id], { schedule: { intervalSeconds: 5, ...schedule } }));
      const elsewhere = socketClient(deleter.url, { bearer: attic.secret });
      const works = [attic.socket, elsewhere].map((socket) => new Events<Work>(socket, WORK));
      for (const work of works) expect(await work.next()).toEqual({ assignmentsChanged: [] });

      let opened: Promise<string | undefined> = Promise.resolve(undefined);
      let deleted: Promise<unknown> = Promise.resolve(undefined);
      const opening = (): void => void (opened = open(test));
      const deleting = (): void => void (deleted = admin.at(deleter.url).data(DELETE, { ids: [test.id] }));
      await (first === 'opening' ? oneAfterTheOther(test, opening, deleting) : oneAfterTheOther(test, deleting, opening));
      expect(await deleted).toEqual({ deleteTests: tests });
      expect(await opened).toBe(first === 'deleting' && open === byPerson ? 'NOT_FOUND' : undefined);

      // What an agent measured of it meanwhile is refused for good, at either of them.
      const session = (await watcher.query<{ id: string }>('select id from test order by parent_id nulls last limit 1')).rows[0]?.id;
      if (session !== undefined) {
        const late = resultInput({ ...test, id: session }, clock.now().getTime() + 1000);
        expect((await submit(attic.client, [late])).rejected).toMatchObject([{ id: late.id, retry: false }]);
      }
      const next = await createTest(admin.at(deleter.url), testInput([attic.id], { name: 'Next' }));
      for (const work of works) {
        const { assignmentsChanged } = await work.until(({ assignmentsChanged: all }) => all.some(({ testId }) => testId === next.id));
        expect(assignmentsChanged).toEqual([{ testId: next.id }]);
      }
      await elsewhere.dispose();
      // Waits for what it was about to open.
      await opener.close();
      expect([...opener.logged, ...deleter.logged].filter(({ level }) => Number(level) >= 50)).toEqual([]);
      await deleter.services.purge.run();
      const rows: Record<string, number> = {};
      for (const table of TABLES) rows[table] = await rowsOf(table);
      expect(rows).toEqual({ test: 1, assignment: 1, assignment_metric_set: 1, test_event: 1, test_interval: 1, result: 0 });
    });
  },
);
