import type { Logger } from 'pino';
import type { ServerConfig } from './config.js';
import { openPostgres } from './db-postgres.js';
import { openSqlite } from './db-sqlite.js';
import type { Orm } from './orm.js';

/** Whether the database is brought up to date when it is opened; false: it is left as it is found. */
export interface OpenOptions {
  readonly migrate?: boolean;
}

/** Opens the server's database, PostgreSQL where there is a URL, else SQLite in the data folder, and brings it up to date with the migrations. */
export function openDatabase(
  { data, databaseUrl }: Pick<ServerConfig, 'data' | 'databaseUrl'>,
  log: Logger,
  options: OpenOptions = {},
): Promise<Orm> {
  return databaseUrl === undefined ? openSqlite(data, log, options) : openPostgres(databaseUrl, log, options);
}
