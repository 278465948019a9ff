import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startTestApp, type TestApp } from './testing/app.js';
import { missingProgram } from './testing/program.js';
import { startRedis, type TestRedis } from './testing/redis.js';
import { Replica } from './testing/replica.js';
import { ON_POSTGRES } from './testing/test-database.js';

const NEWER = "insert into mikro_orm_migrations (name) values ('Migration29990101000000Later')";
const missing = missingProgram('redis-server');

describe('a server', () => {
  let app: TestApp;
  afterEach(() => app.end());

  it('does not start on a database that a newer version has migrated, and says what to do', async () => {
    app = await startTestApp();
    await app.orm.em.execute(NEWER);
    await app.close();
    await expect(startTestApp({}, app.folder)).rejects.toThrow(/newer version.*Migration29990101000000Later.*start that version/);
  });

  it('does not start where another one runs that it would not hear of', async () => {
    app = await startTestApp();
    await expect(startTestApp({}, app.folder)).rejects.toThrow(
      ON_POSTGRES ? /another server.*REDIS_URL/ : /another server.*STREAMSWARM_DATA/,
    );
    await app.close();
    app = await startTestApp({}, app.folder);
  });
});

describe.skipIf(ON_POSTGRES)('a server on SQLite that was killed (nothing of it is about PostgreSQL)', () => {
  it('starts again at once', { timeout: 120_000 }, async () => {
    const { folder, close } = await startTestApp();
    await close();
    const killed = new Replica({ folder, port: 0, environment: {} });
    await killed.start();
    await expect(startTestApp({}, folder)).rejects.toThrow(/another server runs on/);
    await killed.kill();
    const again = await startTestApp({}, folder);
    await again.end();
  });
});

describe.runIf(ON_POSTGRES && !missing)(`servers on PostgreSQL${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let app: TestApp;
  let redis: TestRedis;
  afterEach(async () => {
    await app.end();
    await redis.remove();
  });

  it('share it with Redis, all of them: one without it is refused', async () => {
    redis = await startRedis();
    const settingsKey = randomBytes(32).toString('base64');
    app = await startTestApp({ redisUrl: redis.url, settingsKey });
    const other = await startTestApp({ redisUrl: redis.url, settingsKey }, app.folder);
    await expect(startTestApp({ settingsKey }, app.folder)).rejects.toThrow(/another server.*REDIS_URL/);
    await other.close();
  });

  it('hold it again when the connection to it was lost', async () => {
    redis = await startRedis();
    const settingsKey = randomBytes(32).toString('base64');
    app = await startTestApp({ settingsKey });
    const watcher = new pg.Client({ connectionString: app.services.config.databaseUrl });
    await watcher.connect();
    const held = async (): Promise<number> => {
      const text = "select pid from pg_stat_activity where datname = current_database() and application_name = 'streamswarm server'";
      return (await watcher.query<{ pid: number }>(text)).rows[0]?.pid ?? 0;
    };
    const first = await held();
    await watcher.query('select pg_terminate_backend($1)', [first]);
    await vi.waitFor(async () => expect([0, first]).not.toContain(await held()), { timeout: 20_000 });
    await watcher.end();
    await expect(startTestApp({ redisUrl: redis.url, settingsKey }, app.folder)).rejects.toThrow(/without REDIS_URL/);
  });
});
