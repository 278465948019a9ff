import { setTimeout } from 'node:timers/promises';
import sqlite3 from 'sqlite3';

/** Longest wait for who migrates, ms: a migration that rewrites a large table takes minutes. */
const WORK_WAIT_MS = 1_800_000;
/** How often it is tried. SQLite's own waiting would take one of the few threads that all other work of this process needs, ms. */
const AGAIN_MS = 50;

/** Lets go of a lock. */
export type LetGo = () => Promise<void>;

/**
 * Takes the lock of a file, which is SQLite's own on an empty database: the system takes it back from a process that is killed, which a file that merely exists
 * would survive. Waits so long for another process of this host that has it, ms; undefined where it has it still.
 *
 * @throws Error where the file cannot be made
 */
export async function lockFile(path: string, waitMs: number): Promise<LetGo | undefined> {
  const lock = await open(path);
  try {
    if (await isTaken(lock, performance.now() + waitMs)) return () => close(lock);
  } catch (error) {
    await close(lock);
    throw error;
  }
  await close(lock);
  return undefined;
}

/**
 * Does `work` while no other process of this host does any under the same file.
 *
 * @throws Error where the file cannot be made or the lock was not to be had in half an hour; whatever the work throws
 */
export async function withLockFile<T>(path: string, work: () => Promise<T>): Promise<T> {
  const letGo = await lockFile(path, WORK_WAIT_MS);
  if (!letGo) throw new Error(`another process has held ${path} for half an hour: end it first`);
  try {
    return await work();
  } finally {
    await letGo();
  }
}

async function isTaken(lock: sqlite3.Database, end: number): Promise<boolean> {
  for (;;) {
    try {
      await run(lock, 'begin exclusive');
      return true;
    } catch (error) {
      if ((error as { code?: string }).code !== 'SQLITE_BUSY') throw error;
      if (performance.now() > end) return false;
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

function close(database: sqlite3.Database): Promise<void> {
  return new Promise((resolve, reject) => database.close((error) => (error ? reject(error) : resolve())));
}
