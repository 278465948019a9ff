import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Knex } from '@mikro-orm/knex';
import type pg from 'pg';
import { pino } from 'pino';
import { MIGRATION_LOCK, openPostgres } from '../../db-postgres.js';
import { MIGRATIONS } from '../../migrations/index.js';
import type { Orm } from '../../orm.js';
import { withPostgres } from '../../postgres-client.js';
import { exists } from './backup.js';
import { appliedMigrations, emptyingStatements, foreignKeys, quoted, tableNames, type BackupTable } from './postgres-catalogue.js';
import { copyIn } from './postgres-copy.js';
import { passOver, readBackup, type BackupHeader } from './postgres-format.js';
import type { Restored } from './restore.js';
import { KEY_FILE, keyForRestore, writeKey, type KeySource } from './settings-key.js';

const PARTITION = /^result(_detail)?_w\d+$/;
const BOUNDS = /^FOR VALUES FROM \('-?\d+'\) TO \('-?\d+'\)$/;

/**
 * Puts a backup in the place of all that the database has, in one transaction: the tables are made by the migrations that the backup had, and a server that
 * starts brings them up to date. The key goes into the data folder where the backup has it; one that was there is kept beside it.
 *
 * @throws Error when a server is connected, the database holds something that is not StreamSwarm's, the key is missing, or the file is no backup, damaged,
 * or of a newer version; nothing was changed then
 */
export async function restorePostgres(url: string, source: KeySource, file: string): Promise<Restored> {
  const { header, key } = await readFirst(file, source);
  await withPostgres(url, requireOurs);
  const orm = await openPostgres(url, pino({ level: 'silent' }), { migrate: false });
  try {
    // Makes the migrations' own table where it is missing: it must be there before the transaction.
    await orm.getMigrator().getPendingMigrations();
    await orm.em.transactional(async (em) => {
      const transaction = em.getTransactionContext<Knex.Transaction>();
      if (!transaction) throw new Error('a transaction has no context');
      const client = (await transaction.client.acquireConnection()) as pg.Client;
      await empty(client);
      await migrate(orm, header, transaction);
      await fill(client, file);
    });
  } finally {
    await orm.close(true);
  }
  return { madeAt: header.madeAt, before: key === undefined ? null : await putKey(source.data, key) };
}

/** Reads all of it before anything is changed. */
async function readFirst(file: string, source: KeySource): Promise<{ header: BackupHeader; key: string | undefined }> {
  let found: BackupHeader | undefined;
  await readBackup(file, {
    header: (header) => void (found = header),
    table: (_table, rows) => passOver(rows),
  });
  if (!found) throw new Error(`${file} has no header`);
  const known = new Set(MIGRATIONS.postgres.map(({ name }) => name));
  const newer = found.migrations.filter((name) => !known.has(name));
  if (newer.length > 0) throw new Error(`${file} is of a newer version, with ${newer.join(', ')}: upgrade StreamSwarm first.`);
  return { header: found, key: keyForRestore(found.settingsKey, source) };
}

/** @throws Error when a server is connected to the database, or it holds what no StreamSwarm made */
async function requireOurs(client: pg.Client): Promise<void> {
  const { rowCount } = await client.query(
    "select 1 from pg_stat_activity where datname = current_database() and application_name like 'streamswarm%' and pid <> pg_backend_pid()",
  );
  if ((rowCount ?? 0) > 0) throw new Error('A server is connected to this database: stop every one of them first.');
  const tables = await tableNames(client);
  if (tables.length > 0 && (await appliedMigrations(client)).length === 0) {
    throw new Error(
      `This database holds tables that are not StreamSwarm's (${tables.join(', ')}): restore into one of its own, or an empty one.`,
    );
  }
}

async function empty(client: pg.Client): Promise<void> {
  await client.query("set local statement_timeout = 0; set local datestyle = 'ISO, YMD'");
  // A server that starts meanwhile waits here, before it looks at the schema.
  await client.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
  for (const statement of await emptyingStatements(client)) await client.query(statement);
}

async function migrate(orm: Orm, { migrations }: BackupHeader, transaction: Knex.Transaction): Promise<void> {
  const names = MIGRATIONS.postgres.map(({ name }) => name).filter((name) => migrations.includes(name));
  await orm.getMigrator().up({ migrations: names, transaction });
}

/** Foreign keys and triggers are off meanwhile: the rows obeyed them where they came from, and the keys are checked when they are put on again. */
async function fill(client: pg.Client, file: string): Promise<void> {
  const tables = new Set(await tableNames(client));
  const keys = await foreignKeys(client);
  for (const { table, name } of keys) await client.query(`alter table ${table} drop constraint ${quoted(name)}`);
  for (const table of tables) await client.query(`alter table ${quoted(table)} disable trigger user`);
  // What a migration puts in stands in the backup as well.
  await client.query(`truncate ${[...tables].map(quoted).join(', ')}`);
  const { sequences } = await readBackup(file, {
    header: () => undefined,
    async table(table, rows) {
      // Somebody's own table beside ours: its shape is not in the backup.
      if (!tables.has(table.table)) await passOver(rows);
      else await fillTable(client, table, rows);
    },
  });
  for (const [name, value] of Object.entries(sequences)) await client.query('select setval(to_regclass($1), $2)', [quoted(name), value]);
  for (const table of tables) await client.query(`alter table ${quoted(table)} enable trigger user`);
  for (const { table, name, definition } of keys) await client.query(`alter table ${table} add constraint ${quoted(name)} ${definition}`);
}

async function fillTable(client: pg.Client, { table, columns, partitions }: BackupTable, rows: AsyncIterable<Buffer>): Promise<void> {
  for (const [name, bounds] of Object.entries(partitions)) {
    if (!PARTITION.test(name) || !BOUNDS.test(bounds))
      throw new Error(`the partition ${name} of ${table} has bounds that are none: ${bounds}`);
    await client.query(`create table ${quoted(name)} partition of ${quoted(table)} ${bounds}`);
  }
  await copyIn(client, `copy ${quoted(table)} (${columns.map(quoted).join(', ')}) from stdin`, rows);
}

/** Returns the folder into which another key was moved; null where there was none. */
async function putKey(folder: string, key: string): Promise<string | null> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  let before: string | null = null;
  if (await exists(join(folder, KEY_FILE))) {
    before = join(folder, `before-restore-${new Date().toISOString().replaceAll(':', '-')}`);
    await mkdir(before, { mode: 0o700 });
    await rename(join(folder, KEY_FILE), join(before, KEY_FILE));
  }
  await writeKey(folder, key);
  return before;
}
