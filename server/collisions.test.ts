import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startTestApp, type TestApp } from './testing/app.js';
import { HttpClient } from './testing/client.js';
import { createTest, readTest, resultInput, submit, testInput, tideAgent, uuidAt, type SeenTest, type TideAgent } from './testing/measuring.js'; // prettier-ignore
import { setUpAdmin } from './testing/people.js';
import { missingProgram } from './testing/program.js';
import { startRedis, type TestRedis } from './testing/redis.js';
import { ON_POSTGRES } from './testing/test-database.js';

const missing = missingProgram('redis-server');
const MOST_MS = 20_000;
const UPDATE = 'mutation ($id: ID!, $input: TestInput!) { updateTest(id: $id, input: $input) { revision } }';
const BLOCKED = 'select count(*) as n from pg_stat_activity where cast($1 as integer) = any(pg_blocking_pids(pid))';
const WAITING = 'select count(*) as n from pg_stat_activity where cardinality(pg_blocking_pids(pid)) > 0 and query like $1';

describe.runIf(ON_POSTGRES)('transactions that meet on PostgreSQL', () => {
  let app: TestApp;
  let admin: HttpClient;
  let attic: TideAgent;
  let test: SeenTest;
  let watcher: pg.Client;

  let redis: TestRedis | undefined;

  beforeAll(async () => {
    redis = missing ? undefined : await startRedis();
  });
  afterAll(() => redis?.remove());
  beforeEach(async () => {
    app = await startTestApp({ settingsKey: randomBytes(32).toString('base64'), redisUrl: redis?.url });
    admin = await setUpAdmin(app);
    attic = await tideAgent(app);
    test = await createTest(admin, testInput([attic.id], { targets: ['one.example', 'two.example'] }));
    watcher = new pg.Client({ connectionString: app.services.config.databaseUrl });
    await watcher.connect();
  });
  afterEach(async () => {
    await watcher.end();
    await app.end();
  });

  /** Resolves when somebody waits for what this backend has locked, or the work is over. */
  const waitedFor = async (pid: number, work: Promise<unknown>): Promise<void> => {
    let isOver = false;
    void work.finally(() => (isOver = true));
    await vi.waitUntil(async () => isOver || Number((await watcher.query<{ n: string }>(BLOCKED, [pid])).rows[0]?.n) > 0, {
      timeout: MOST_MS,
      interval: 10,
    });
  };
  /** Locks what the first statement names, does `work` until it waits for that, and then wants what `work` has: neither can go on. */
  const deadlock = async <T>(first: string, then: string, work: () => Promise<T>): Promise<T> => {
    let working: Promise<T> | undefined;
    await app.services.store.write(async (sql) => {
      await sql(first);
      const [backend] = await sql<{ pid: number }>('select pg_backend_pid() as pid');
      working ??= work();
      await waitedFor(backend?.pid ?? NaN, working);
      await sql(then);
    });
    if (!working) throw new Error('the transaction was not begun');
    return working;
  };
  const retries = async (reason: string, server = app): Promise<number> => {
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    return Number(new RegExp(`streamswarm_transaction_retries_total\\{reason="${reason}"\\} (\\d+)`).exec(metrics)?.[1] ?? 0);
  };
  const lockAssignment = (place: number): string =>
    `select id from assignment where id = (select id from assignment order by id limit 1 offset ${place}) for update`;

  it('store results in spite of a deadlock', async () => {
    const results = test.targets.map(({ id }, index) => resultInput(test, Date.now() - 1000 * index, { targetId: id }));
    const answer = await deadlock(lockAssignment(1), lockAssignment(0), () => submit(attic.client, results));
    expect(answer).toEqual({ accepted: results.map(({ id }) => id), rejected: [] });
    expect(await count(app, 'result')).toBe(2);
    expect(await retries('deadlock')).toBe(1);
    expect(app.logged.filter(({ msg, reason }) => reason === 'deadlock' && String(msg).includes('done again'))).toHaveLength(1);
  });

  it('change a test in spite of a deadlock, once', async () => {
    const input = testInput([attic.id], { targets: ['three.example'] });
    const answer = await deadlock('select id from assignment for update', 'select id from test for update', () =>
      admin.send(UPDATE, { id: test.id, input }),
    );
    expect(answer).toEqual({ data: { updateTest: { revision: 2 } } });
    expect((await readTest(admin, test.id)).assignments.nodes.map(({ target }) => target.address)).toEqual(['three.example']);
    expect(await count(app, "audit_event where action = 'test.update'")).toBe(1);
    expect(await retries('deadlock')).toBe(1);
  });

  describe.skipIf(missing)(`with a second server on the same database${missing ? ` (skipped: ${missing})` : ''}`, () => {
    let other: TestApp;
    beforeEach(async () => {
      const { databaseUrl, settingsKey, redisUrl } = app.services.config;
      other = await startTestApp({ databaseUrl, settingsKey, redisUrl });
    });
    afterEach(() => other.close());

    /** Asks one after the other while all of them are held up at a statement like this; they go on together. */
    const heldUp = async <T>(lock: string, statement: string, asked: readonly (() => Promise<T>)[]): Promise<T[]> => {
      const holder = new pg.Client({ connectionString: app.services.config.databaseUrl });
      await holder.connect();
      const waiting = async (): Promise<number> => Number((await watcher.query<{ n: string }>(WAITING, [statement])).rows[0]?.n);
      try {
        await holder.query(`begin; ${lock}`);
        const answers: Promise<T>[] = [];
        for (const ask of asked) {
          answers.push(ask());
          await vi.waitUntil(async () => (await waiting()) >= answers.length, { timeout: MOST_MS, interval: 10 });
        }
        await holder.query('commit');
        return await Promise.all(answers);
      } finally {
        await holder.end();
      }
    };

    it('the same result at both at once is stored once, and acknowledged by both', async () => {
      const result = resultInput(test, Date.now());
      const sending = [attic.client, attic.client.at(other.url)].map((client) => () => submit(client, [result]));
      const answers = await heldUp('select id from assignment for update', '%for update of a%', sending);
      expect(answers).toEqual([
        { accepted: [result.id], rejected: [] },
        { accepted: [result.id], rejected: [] },
      ]);
      expect([await count(app, 'result'), await count(app, 'result_detail')]).toEqual([1, 1]);
      const counted = await app.services.store.read<{ n: number; session: number }>(
        'select sum(results) as n, sum(session_results) as session from assignment',
      );
      expect(counted.map(({ n, session }) => [Number(n), Number(session)])).toEqual([[1, 1]]);
      expect((await readTest(admin, test.id)).progress.receivedResults).toBe(1);
    });

    it('a result that comes the very moment a session ends makes its assignment COMPLETED', async () => {
      const { id } = await createTest(admin, testInput([attic.id]));
      const arriving = `update assignment set status = 'RUNNING', session_results = 1 where test_id = '${id}'`;
      const stop = (): Promise<unknown> => admin.data('mutation ($id: ID!) { stopTest(id: $id) { id } }', { id });
      await heldUp(arriving, '%update assignment%', [stop]);
      expect(await readTest(admin, id)).toMatchObject({
        status: 'COMPLETED',
        assignments: { nodes: [{ status: 'COMPLETED', reason: null }] },
      });
    });

    it('the same id from two agents belongs to one of them; the other one is refused, and what it sent besides is stored', async () => {
      const cellar = await tideAgent(app, 'Cellar');
      const shared = await createTest(admin, testInput([attic.id, cellar.id]));
      const at = Date.now();
      const id = uuidAt(at);
      const [ofAttic, ofCellar] = [resultInput(shared, at, { id }), resultInput(shared, at, { id })];
      const besides = resultInput(shared, at + 1);
      // What runs and details have in common is stored once, that of details when it comes again, and noted as used once a day by each server: they would meet there.
      for (const earlier of [5000, 4000]) await submit(attic.client, [resultInput(shared, at - earlier)]);
      for (const earlier of [3000, 2000]) await submit(cellar.client.at(other.url), [resultInput(shared, at - earlier)]);
      // Their assignments differ: each stands at its last statement, or behind the other's row, which nobody saw when it looked.
      const minutes = 'insert into result_minute select extract(epoch from now())::bigint / 60 + n, 0 from generate_series(-1, 5) n';
      const answers = await heldUp(`${minutes} on conflict (minute) do update set results = result_minute.results`, 'insert into result%', [
        () => submit(attic.client, [ofAttic]),
        () => submit(cellar.client.at(other.url), [ofCellar, besides]),
      ]);
      expect(answers).toMatchObject([
        { accepted: [id], rejected: [] },
        { accepted: [besides.id], rejected: [{ id, code: 'FORBIDDEN' }] },
      ]);
      expect(await retries('unique', other)).toBe(1);
      expect(await count(app, 'result')).toBe(6);
    });
  });
});

async function count({ services }: TestApp, what: string): Promise<number> {
  return (await services.store.read<{ n: number }>(`select count(*) as n from ${what}`))[0]?.n ?? NaN;
}
