import { randomBytes } from 'node:crypto';
import { access, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import pg from 'pg';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from './db.js';
import { MIGRATIONS } from './migrations/index.js';
import { schemaState } from './schema-state.js';
import { backUpPostgres } from './services/backup/postgres-backup.js';
import { restorePostgres } from './services/backup/postgres-restore.js';
import { startTestApp, type TestApp } from './testing/app.js';
import { HttpClient } from './testing/client.js';
import { createTest, resultInput, submit, testInput, tideAgent } from './testing/measuring.js';
import { fillOldDatabase, OLD_SECRETS, oldResults } from './testing/old-database.js';
import { setUpAdmin } from './testing/people.js';
import { dropTestDatabase, emptyPostgres, ON_POSTGRES } from './testing/test-database.js';

const SILENT = pino({ level: 'silent' });
const newKey = (): string => randomBytes(32).toString('base64');

describe.runIf(ON_POSTGRES)('a backup of PostgreSQL', () => {
  let folder: string;
  let file: string;
  let urls: string[];
  const apps: TestApp[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'streamswarm-backup-'));
    file = join(folder, 'backup');
    urls = [await emptyPostgres(), await emptyPostgres()];
  });
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close();
    for (const url of urls) await dropTestDatabase(url);
    await rm(folder, { recursive: true });
  });

  const url = (which: 0 | 1): string => urls[which] ?? '';
  const start = async (databaseUrl: string, settingsKey?: string, data = folder): Promise<TestApp> => {
    const app = await startTestApp({ databaseUrl, settingsKey }, data);
    apps.push(app);
    return app;
  };
  const query = async <Row extends pg.QueryResultRow>(databaseUrl: string, sql: string): Promise<Row[]> => {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    try {
      return (await client.query<Row>(sql)).rows;
    } finally {
      await client.end();
    }
  };

  it('made while results come in has all that were acknowledged before, and is one moment', async () => {
    const key = newKey();
    const app = await start(url(0), key);
    const admin = await setUpAdmin(app);
    const agent = await tideAgent(app);
    const test = await createTest(admin, testInput([agent.id], { probes: [{ probe: 'tide', settings: { pin: '47\t1\n1\\.' } }] }));
    let at = Date.now() - 1_000_000;
    const next = (): Record<string, unknown> => resultInput(test, (at += 1000));
    const before = Array.from({ length: 200 }, next);
    for (let from = 0; from < before.length; from += 50) await submit(agent.client, before.slice(from, from + 50));
    let stopped = false;
    const coming = (async () => {
      while (!stopped) await submit(agent.client, [next()]);
    })();
    const made = await backUpPostgres(url(0), { data: folder, settingsKey: key }, file);
    stopped = true;
    await coming;
    expect(made).toMatchObject({ file, migrations: MIGRATIONS.postgres.length });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const { tables: shape } = await contentsOf(url(0));
    await app.close();

    // In its place is a newer version's table that refers to ours.
    const other = await openDatabase({ data: folder, databaseUrl: url(1) }, SILENT);
    await other.close(true);
    await query(url(1), 'create table "from_the_future" (id text primary key, test text references "test" (id))');
    await restorePostgres(url(1), { data: folder, settingsKey: key }, file);

    expect((await contentsOf(url(1))).tables).toEqual(shape);
    const [counted] = await query<{ results: number; rows: number }>(
      url(1),
      'select (select sum(results)::int from assignment) as results, (select count(*)::int from result) as rows',
    );
    expect(counted?.results).toBe(counted?.rows);
    const ids = new Set((await query<{ id: string }>(url(1), 'select id from result')).map(({ id }) => id));
    expect(before.filter(({ id }) => !ids.has(String(id)))).toEqual([]);

    // The agent goes on there, and the secret is what it was: sequences and keys came along.
    const again = await start(url(1), key);
    const client = new HttpClient(again.url, agent.secret);
    expect(await submit(client, [next()])).toMatchObject({ accepted: [expect.any(String)], rejected: [] });
    await expect(query(url(1), "update audit_event set actor = 'nobody'")).rejects.toThrow();
  });

  it('of an older version is restored as that version’s over a newer one, and brought up to date by the server', async () => {
    const old = await openDatabase({ data: folder, databaseUrl: url(0) }, SILENT, { migrate: false });
    await fillOldDatabase(old, oldResults(), 'postgres');
    await old.close(true);
    const key = newKey();
    const two = MIGRATIONS.postgres.slice(0, 2).map(({ name }) => name);
    expect(await backUpPostgres(url(0), { data: folder, settingsKey: key }, file)).toMatchObject({ migrations: 2 });

    const newer = await start(url(1), key, join(folder, 'newer'));
    await newer.close();
    await restorePostgres(url(1), { data: folder, settingsKey: key }, file);
    expect(await contentsOf(url(1))).toEqual(await contentsOf(url(0)));
    const restored = await openDatabase({ data: folder, databaseUrl: url(1) }, SILENT, { migrate: false });
    expect((await schemaState(restored)).applied).toEqual(two);
    await restored.close(true);

    const app = await start(url(1), key);
    const client = new HttpClient(app.url, OLD_SECRETS.api);
    const { test } = await client.data<{ test: unknown }>('{ test(id: "t2") { name results(first: 1) { totalCount } } }');
    expect(test).toEqual({ name: 'Rivers', results: { totalCount: 120 } });
  });

  it('holds the key of a data folder, and puts it into the one that it is restored to', async () => {
    const app = await start(url(0));
    await app.close();
    const key = await readFile(join(folder, 'settings-key'), 'utf8');
    await backUpPostgres(url(0), { data: folder }, file);
    await writeFile(join(folder, 'settings-key'), newKey());
    await expect(backUpPostgres(url(0), { data: folder }, `${file}2`)).rejects.toThrow(/another key than that of .*settings-key/);

    const { before } = await restorePostgres(url(1), { data: folder }, file);
    expect(await readFile(join(folder, 'settings-key'), 'utf8')).toBe(key);
    await access(join(before ?? '', 'settings-key'));
    await expect(restorePostgres(url(1), { data: folder, settingsKey: newKey() }, file)).rejects.toThrow(
      /STREAMSWARM_SETTINGS_KEY is not the key/,
    );
  });

  it('has no key that came from an environment, and names the one that it needs', async () => {
    const key = newKey();
    const app = await start(url(0), key);
    await app.close();
    // A stray file is not the key that was used.
    await writeFile(join(folder, 'settings-key'), newKey());
    const made = await backUpPostgres(url(0), { data: folder, settingsKey: key }, file);
    expect(made.needs).toMatch(/^STREAMSWARM_SETTINGS_KEY \(key [0-9a-f]{16}\)$/);
    const text = gunzipSync(await readFile(file)).toString();
    expect(text).not.toContain(key);
    expect(text).not.toContain(await readFile(join(folder, 'settings-key'), 'utf8'));
    await expect(restorePostgres(url(1), { data: folder }, file)).rejects.toThrow(/need the STREAMSWARM_SETTINGS_KEY .* is not set/);
    await expect(restorePostgres(url(1), { data: folder, settingsKey: newKey() }, file)).rejects.toThrow(/here it is another/);
    await rm(join(folder, 'settings-key'));
    await expect(backUpPostgres(url(0), { data: folder }, `${file}2`)).rejects.toThrow(/key of the secrets is missing/);
    await restorePostgres(url(1), { data: folder, settingsKey: key }, file);
    await expect(access(join(folder, 'settings-key'))).rejects.toThrow();
    await start(url(1), key);
  });

  it('is refused, and nothing changed, where it is damaged, cut off or something else, or the database is another’s', async () => {
    const key = newKey();
    const app = await start(url(0), key);
    const source = { data: folder, settingsKey: key };
    await backUpPostgres(url(0), source, file);
    await expect(backUpPostgres(url(0), source, file)).rejects.toThrow(/exists already/);
    await expect(restorePostgres(url(0), source, file)).rejects.toThrow(/A server is connected/);
    await app.close();
    const before = await contentsOf(url(0));

    const bytes = await readFile(file);
    const broken = join(folder, 'broken');
    await writeFile(broken, Buffer.from(bytes).fill(7, bytes.length - 200, bytes.length - 100));
    await expect(restorePostgres(url(0), source, broken)).rejects.toThrow(/broken is damaged/);
    await writeFile(broken, bytes);
    await truncate(broken, bytes.length - 100);
    await expect(restorePostgres(url(0), source, broken)).rejects.toThrow(/broken is damaged/);
    await writeFile(broken, 'PGDMP');
    await expect(restorePostgres(url(0), source, broken)).rejects.toThrow(/is no backup of a PostgreSQL database/);
    await expect(restorePostgres(url(0), source, join(folder, 'none'))).rejects.toThrow(/There is no file/);
    expect(await contentsOf(url(0))).toEqual(before);

    await query(url(1), 'create table ledger (id int)');
    await expect(restorePostgres(url(1), source, file)).rejects.toThrow(/not StreamSwarm's \(ledger\)/);
    await expect(backUpPostgres(url(1), source, join(folder, 'third'))).rejects.toThrow(/no StreamSwarm in it/);
  });

  /** Names of everything in a database, and, of each table, how many rows it has and a hash of them. */
  async function contentsOf(databaseUrl: string): Promise<{ tables: string[]; rows: Record<string, unknown> }> {
    const things = await query<{ said: string }>(
      databaseUrl,
      `select c.relkind::text || ' ' || c.relname as said from pg_class c where relnamespace = 'public'::regnamespace
       union all select 'constraint ' || conname from pg_constraint where connamespace = 'public'::regnamespace
       union all select 'trigger ' || tgname || tgenabled::text from pg_trigger where not tgisinternal order by 1`,
    );
    const rows: Record<string, unknown> = {};
    for (const name of things.flatMap(({ said }) => /^[rp] (.+)$/.exec(said)?.[1] ?? [])) {
      if (name === 'mikro_orm_migrations') continue;
      [rows[name]] = await query(
        databaseUrl,
        `select count(*) as n, md5(string_agg(t::text, ',' order by t::text)) as hash from "${name}" t`,
      );
    }
    return { tables: things.map(({ said }) => said), rows };
  }
});
