import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import sqlite3 from 'sqlite3';

/** A SQLite database that nothing stands in: whoever runs a server on the folder holds it locked, and the system lets go of it when the process ends, however that is. */
const FILE = 'server.lock';
/** A server that is just closing is waited for so long. */
const WAIT_MS = 5000;

/**
 * Holds a data folder, so that no second server starts on it: each would write, keep presence and do periodic work without knowing of the other.
 *
 * @returns a function that lets go of it; a second call does nothing more
 * @throws Error when another server holds it
 */
export async function holdFolder(folder: string): Promise<() => Promise<void>> {
  const file = join(folder, FILE);
  const database = await open(file);
  await chmod(file, 0o600);
  database.configure('busyTimeout', WAIT_MS);
  try {
    await run(database, 'begin exclusive');
  } catch (error) {
    await close(database);
    if ((error as { code?: string }).code !== 'SQLITE_BUSY') throw error;
    throw new Error(`another server runs on ${folder}: stop it first, or give this one a folder of its own (--data, STREAMSWARM_DATA)`, {
      cause: error,
    });
  }
  let gone: Promise<void> | undefined;
  return () => (gone ??= close(database));
}

function open(file: string): Promise<sqlite3.Database> {
  return new Promise((resolve, reject) => {
    const database = new sqlite3.Database(file, (error) => (error ? reject(error) : resolve(database)));
  });
}

function run(database: sqlite3.Database, sql: string): Promise<void> {
  return new Promise((resolve, reject) => {
    database.exec(sql, (error) => (error ? reject(error) : resolve()));
  });
}

function close(database: sqlite3.Database): Promise<void> {
  return new Promise((resolve, reject) => {
    database.close((error) => (error ? reject(error) : resolve()));
  });
}
