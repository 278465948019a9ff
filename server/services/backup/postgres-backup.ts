import { createWriteStream } from 'node:fs';
import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import pg from 'pg';
import { KEY_CHECK } from '../settings-key-check.js';
import { exists, type Backup } from './backup.js';
import { appliedMigrations, describeTable, quoted, sequences, tableNames } from './postgres-catalogue.js';
import { copyOut } from './postgres-copy.js';
import { END_OF_ROWS, FORMAT, passOver, readBackup, VERSION, type BackupEnd } from './postgres-format.js';
import { KEY_VARIABLE, keyForBackup, requireKeyOf, type BackupKey, type KeySource } from './settings-key.js';

/** Rows are handed to the compression in pieces of this size, bytes. */
const PIECE = 1 << 16;
const COMPRESSION = { level: 4 } as const;

/**
 * Copies a PostgreSQL database, as it is at one moment, into one file that only its owner can read; servers may run meanwhile, of this version or an older
 * one. The key of the secrets is in it where a server has it from its data folder; from an environment only its name is. The file is read again to its end
 * before it gets its name.
 *
 * @throws Error when the file exists, the database has no StreamSwarm in it, or its key is missing or another
 */
export async function backUpPostgres(url: string, source: KeySource, file: string): Promise<Backup> {
  if (await exists(file)) throw new Error(`${file} exists already: choose another name, or remove it first.`);
  const key = await keyForBackup(source);
  const part = `${file}.part`;
  await rm(part, { force: true });
  const client = new pg.Client({ connectionString: url, application_name: 'streamswarm backup' });
  // A connection that breaks fails the query that waits for it.
  client.on('error', () => undefined);
  await client.connect();
  try {
    // Empty and closed to others before anything is in it.
    await writeFile(part, '', { mode: 0o600, flag: 'wx' });
    await beginSnapshot(client);
    requireKeyOf(source, await keyCheck(client));
    const migrations = await appliedMigrations(client);
    await pipeline(linesOf(client, key, migrations), createGzip(COMPRESSION), createWriteStream(part, { flags: 'r+', flush: true }));
    await check(part);
    await rename(part, file);
    const { size: bytes } = await stat(file);
    return { file, bytes, migrations: migrations.length, ...(key.key === null ? { needs: `${KEY_VARIABLE} (key ${key.id})` } : {}) };
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  } finally {
    await client.end();
  }
}

/** The tables are locked against being dropped before the moment is taken: else a week of results could be gone of which the counters still tell. */
async function beginSnapshot(client: pg.Client): Promise<void> {
  const tables = await tableNames(client);
  if ((await appliedMigrations(client)).length === 0) throw new Error('This database has no StreamSwarm in it: nothing to back up.');
  await client.query('begin isolation level repeatable read read only');
  await client.query(
    "set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0; set local datestyle = 'ISO, YMD'",
  );
  await client.query(`lock table ${tables.map(quoted).join(', ')} in access share mode`);
}

async function keyCheck(client: pg.Client): Promise<unknown> {
  const { rows } = await client.query<{ value: unknown }>('select value from system_setting where key = $1', [KEY_CHECK]);
  return rows[0]?.value;
}

async function* linesOf(client: pg.Client, settingsKey: BackupKey, migrations: readonly string[]): AsyncIterableIterator<string | Buffer> {
  yield json({ format: FORMAT, version: VERSION, madeAt: new Date().toISOString(), migrations, settingsKey });
  const rows: Record<string, number> = {};
  for (const name of await tableNames(client)) {
    const table = await describeTable(client, name);
    yield json(table);
    // Of a query: PostgreSQL copies no partitioned table as such.
    const query = `copy (select ${table.columns.map(quoted).join(', ')} from ${quoted(name)}) to stdout`;
    rows[name] = yield* pieces(copyOut(client, query));
    yield `${END_OF_ROWS}\n`;
  }
  yield json({ rows, sequences: await sequences(client) } satisfies BackupEnd);
}

/** Rows in pieces that are worth a call; returns how many rows there were. */
async function* pieces(rows: AsyncIterable<Buffer>): AsyncGenerator<Buffer, number> {
  let held: Buffer[] = [];
  let bytes = 0;
  let count = 0;
  for await (const chunk of rows) {
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) count += 1;
    held.push(chunk);
    bytes += chunk.length;
    if (bytes < PIECE) continue;
    yield Buffer.concat(held);
    [held, bytes] = [[], 0];
  }
  if (bytes > 0) yield Buffer.concat(held);
  return count;
}

const json = (value: object): string => `${JSON.stringify(value)}\n`;

/** @throws Error where not all of it can be read again */
async function check(part: string): Promise<void> {
  await readBackup(part, {
    header: () => undefined,
    table: (_table, rows) => passOver(rows),
  });
}
