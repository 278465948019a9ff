import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../testing/app.js';
import { ON_POSTGRES } from '../../testing/test-database.js';
import { MOST_KEPT } from './postgres-store.js';

describe.runIf(ON_POSTGRES)('statements of PostgreSQL, which SQLite does not keep there', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app.end());

  it('stay prepared on their connection, but no more of them than is said, however many texts there are', async () => {
    // One transaction has one connection.
    const kept = await app.services.store.write(async (sql) => {
      for (let columns = 1; columns <= MOST_KEPT + 50; columns += 1) {
        const list = Array.from({ length: columns }, () => '?').join(', ');
        const rows = await sql(`select 1 as found where cast(? as integer) in (${list})`, [
          columns,
          ...Array.from({ length: columns }, (_, place) => place + 1),
        ]);
        expect(rows).toHaveLength(1);
      }
      return sql<{ name: string }>('select name from pg_prepared_statements');
    });
    expect(kept.length).toBeGreaterThan(MOST_KEPT / 2);
    expect(kept.length).toBeLessThanOrEqual(MOST_KEPT);
  });
});
