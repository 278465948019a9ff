import type { Logger } from 'pino';
import type { ServerConfig } from './config.js';
import { openPostgres } from './db-postgres.js';
import { openSqlite } from './db-sqlite.js';
import type { Orm } from './orm.js';

/** Opens the server's database, PostgreSQL where there is a URL, else SQLite in the data folder, and brings it up to date with the migrations. */
export function openDatabase({ data, databaseUrl }: Pick<ServerConfig, 'data' | 'databaseUrl'>, log: Logger): Promise<Orm> {
  return databaseUrl === undefined ? openSqlite(data, log) : openPostgres(databaseUrl, log);
}
