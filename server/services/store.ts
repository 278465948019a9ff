import type { Logger } from 'pino';
import type { ServerConfig } from '../config.js';
import type { Orm } from '../orm.js';
import { PostgresStore } from './store/postgres-store.js';
import { SqliteStore } from './store/sqlite-store.js';
import type { Store } from './store/store.js';

export { exclusively } from './store/exclusively.js';
export { sqlOf, type RunSql, type Store } from './store/store.js';

/** The store beside the mapper, on the same database. */
export function openStore(orm: Orm, { databaseUrl }: Pick<ServerConfig, 'databaseUrl'>, log: Logger): Store {
  return databaseUrl === undefined ? new SqliteStore(orm) : new PostgresStore(databaseUrl, log);
}
