import type { RunSql } from './store.js';

/**
 * From here to the end of the transaction nobody else is in a part of this name. SQLite has one writer anyway; on PostgreSQL it is an advisory lock,
 * which the transaction lets go of at its end.
 */
export async function exclusively(sql: RunSql, name: string): Promise<void> {
  if (sql.dialect.kind === 'postgres') await sql('select pg_advisory_xact_lock(hashtextextended(?, 0))', [name]);
}
