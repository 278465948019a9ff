import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Migrator } from '@mikro-orm/migrations';
import { MikroORM } from '@mikro-orm/sqlite';
import type { Logger } from 'pino';
import { ENTITIES } from './entities/index.js';
import { requireKnownMigrations } from './known-migrations.js';
import { withLockFile } from './lock-file.js';
import { MIGRATIONS } from './migrations/index.js';
import type { Orm } from './orm.js';

/** What the sqlite3 driver's connection can do that is needed here. */
interface SqliteHandle {
  exec(sql: string, done: (error: Error | null) => void): void;
}

// Of a new database, before all else: a result takes a third of SQLite's usual 4 KB, and what is left of a page stays empty.
const PAGE_SIZE = 'pragma page_size = 16384;';
// FULL: what was acknowledged survives a power cut. WAL: readers of other processes never wait for the writer.
const PRAGMAS = 'pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma busy_timeout = 10000;';
/**
 * Pages in the write-ahead log at which they are copied into the database: 64 MiB, where SQLite's default is a quarter of that. Most are pages that change many
 * times a second, and are copied once however often they changed; and who commits just then waits for the copying (decision 0011).
 */
const CHECKPOINT = 'pragma wal_autocheckpoint = 4000; pragma journal_size_limit = 67108864;';

/** Whoever migrates holds it; it stays, empty. */
const LOCK_FILE = 'migrations.lock';

/** Connections that entities are read by. */
const READERS = 2;

function prepareConnection(connection: SqliteHandle, done: (error: Error | null, connection: SqliteHandle) => void): void {
  connection.exec(PAGE_SIZE + PRAGMAS + CHECKPOINT, (error) => done(error, connection));
}

/**
 * Opens `DATA/streamswarm.db` and brings it up to date with the migrations, which run once, however many processes do it together.
 * One connection writes, so that writes are serialised by its pool; what is read outside of a transaction goes by others (MikroORM calls them replicas),
 * which never wait for a write and see all that is committed. The folder is made (mode 0700) where it is missing.
 */
export async function openSqlite(folder: string, log: Logger, { migrate = true }: { readonly migrate?: boolean } = {}): Promise<Orm> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const orm = await MikroORM.init({
    entities: ENTITIES,
    dbName: join(folder, 'streamswarm.db'),
    extensions: [Migrator],
    discovery: { disableDynamicFileAccess: true },
    pool: { min: 1, max: 1, afterCreate: prepareConnection },
    replicas: Array.from({ length: READERS }, (_, index) => ({ name: `reader ${index + 1}` })),
    migrations: { migrationsList: [...MIGRATIONS.sqlite], snapshot: false, disableForeignKeys: false },
    logger: (message) => log.debug({ message }, 'database'),
  });
  const opened = orm as unknown as Orm; // of the one driver, seen as of any
  try {
    if (migrate) await withLockFile(join(folder, LOCK_FILE), () => bringUpToDate(opened, log));
  } catch (error) {
    await opened.close(true);
    throw error;
  }
  return opened;
}

async function bringUpToDate(orm: Orm, log: Logger): Promise<void> {
  await requireKnownMigrations(orm);
  const applied = await orm.getMigrator().up();
  if (applied.length > 0) log.info({ migrations: applied.map((migration) => migration.name) }, 'database brought up to date');
}
