import { setTimeout } from 'node:timers/promises';
import sqlite3 from 'sqlite3';

/** Longest wait for who holds the lock, ms: a migration that rewrites a large table takes minutes. */
const WAIT_MS = 1_800_000;
/** How often it is tried. SQLite's own waiting would take one of the few threads that all other work of this process needs, ms. */
const AGAIN_MS = 50;

/**
 * Does `work` while no other process of this host does any under the same file. The lock is SQLite's own on an empty database: the system takes it back
 * from a process that is killed, which a file that merely exists would survive.
 *
 * @throws Error where the file cannot be made or the lock was not to be had in half an hour; whatever the work throws
 */
export async function withLockFile<T>(path: string, work: () => Promise<T>): Promise<T> {
  const lock = await open(path);
  try {
    await take(lock, path);
    return await work();
  } finally {
    await new Promise<void>((resolve, reject) => lock.close((error) => (error ? reject(error) : resolve())));
  }
}

async function take(lock: sqlite3.Database, path: string): Promise<void> {
  const end = performance.now() + WAIT_MS;
  for (;;) {
    try {
      return await run(lock, 'begin exclusive');
    } catch (error) {
      if ((error as { code?: string }).code !== 'SQLITE_BUSY') throw error;
      if (performance.now() > end) throw new Error(`another process has held ${path} for half an hour: end it first`, { cause: error });
      await setTimeout(AGAIN_MS);
    }
  }
}

function open(path: string): Promise<sqlite3.Database> {
  return new Promise((resolve, reject) => {
    const database = new sqlite3.Database(path, (error) => (error ? reject(error) : resolve(database)));
  });
}

function run(database: sqlite3.Database, sql: string): Promise<void> {
  return new Promise((resolve, reject) => database.exec(sql, (error) => (error ? reject(error) : resolve())));
}
