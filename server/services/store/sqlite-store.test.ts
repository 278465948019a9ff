import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../testing/app.js';
import { ON_POSTGRES } from '../../testing/test-database.js';

describe.skipIf(ON_POSTGRES)('a transaction on SQLite (on PostgreSQL a connection that cannot roll back is given up)', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app.end());

  it('that the database has rolled back by itself fails with what went wrong, and leaves the writer free', async () => {
    const { store } = app.services;
    const full = new Error('database or disk is full');
    const failed = store.write(async (sql) => {
      await sql('insert into result_minute (minute, results) values (1, 1)');
      await sql('rollback');
      throw full;
    });
    await expect(failed).rejects.toBe(full);
    expect(String(full.cause)).toContain('no transaction is active');
    await store.write((sql) => sql('insert into result_minute (minute, results) values (2, 1)'));
    expect(await store.read('select minute from result_minute')).toEqual([{ minute: 2 }]);
  });
});
