import { Migrator } from '@mikro-orm/migrations';
import { MikroORM } from '@mikro-orm/postgresql';
import pg from 'pg';
import type { Logger } from 'pino';
import { ENTITIES } from './entities/index.js';
import { requireKnownMigrations } from './known-migrations.js';
import { MIGRATIONS } from './migrations/index.js';
import type { Orm } from './orm.js';

/** Connections of MikroORM's; the hot paths have others of their own. */
const CONNECTIONS = 5;
const STATEMENT_MS = 60_000;
/** Names the lock under which one server at a time migrates. */
export const MIGRATION_LOCK = 0x5357_4d01;
const INT8 = 20;

// Row numbers and times in ms: all below 2^53.
pg.types.setTypeParser(INT8, Number);

/** Opens a PostgreSQL database and brings it up to date with the migrations, which run once, however many servers start together. @throws Error without the URL's password */
export async function openPostgres(url: string, log: Logger, { migrate = true }: { readonly migrate?: boolean } = {}): Promise<Orm> {
  const orm = await MikroORM.init({
    entities: ENTITIES,
    clientUrl: url,
    dbName: decodeURIComponent(new URL(url).pathname.slice(1)),
    extensions: [Migrator],
    discovery: { disableDynamicFileAccess: true },
    pool: { min: 0, max: CONNECTIONS },
    driverOptions: { connection: { statement_timeout: STATEMENT_MS, application_name: 'streamswarm', keepAlive: true } },
    migrations: { migrationsList: [...MIGRATIONS.postgres], snapshot: false, disableForeignKeys: false },
    logger: (message) => log.debug({ message }, 'database'),
  });
  try {
    if (migrate) await migrateAlone(url, orm as unknown as Orm, log);
  } catch (error) {
    await orm.close(true);
    throw error;
  }
  return orm as unknown as Orm; // of the one driver, seen as of any
}

async function migrateAlone(url: string, orm: Orm, log: Logger): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'streamswarm migrations' });
  // A connection that breaks in the middle fails the query that waits for it; by itself it is no reason to end.
  client.on('error', (error) => log.warn({ reason: error.message }, 'the connection that holds the migrations’ lock was lost'));
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await requireKnownMigrations(orm);
    const applied = await orm.getMigrator().up();
    if (applied.length > 0) log.info({ migrations: applied.map((migration) => migration.name) }, 'database brought up to date');
  } finally {
    // Ends the session, and with it the lock.
    await client.end();
  }
}
