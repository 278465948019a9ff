import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { createMissingDatabase } from './missing-database.js';
import { startTestApp, type TestApp } from './testing/app.js';
import { dropTestDatabase, emptyPostgres, ON_POSTGRES } from './testing/test-database.js';

const log = pino({ level: 'silent' });

describe.runIf(ON_POSTGRES)('a database that PostgreSQL does not have', () => {
  let url: string | undefined;
  let app: TestApp | undefined;
  afterEach(async () => {
    await app?.end();
    app = undefined;
    if (url !== undefined) await dropTestDatabase(url);
  });

  /** The URL of a database that is not there. */
  const missing = async (): Promise<string> => {
    const there = await emptyPostgres();
    await dropTestDatabase(there);
    const gone = new URL(there);
    gone.pathname = `/missing_${randomUUID().replaceAll('-', '')}`;
    return (url = gone.href);
  };

  it('is created when the server starts', async () => {
    app = await startTestApp({ databaseUrl: await missing() });
    expect((await fetch(`${app.url}/readyz`)).status).toBe(200);
  });

  it('is created once where several servers start together', async () => {
    const at = await missing();
    await Promise.all([1, 2, 3].map(() => createMissingDatabase(at, log)));
    await createMissingDatabase(at, log);
  });

  it('is named where the user may not create it', async () => {
    const at = new URL(await missing());
    at.username = 'nobody_of_this_name';
    await expect(createMissingDatabase(at.href, log)).rejects.toThrow(/nobody_of_this_name/);
  });
});
