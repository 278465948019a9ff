import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hasCode, readIfThere } from './files.js';

/** Folders that this very process has locked: its own number in a lock file says nothing, since in a container it is 1 after each start. */
const HELD = new Set<string>();

/**
 * When a process started, in ticks since boot; undefined where the system does not say. With it a number that was given to another process
 * since is told from the process that wrote the lock: proc(5), field 22 of /proc/PID/stat.
 */
function startOf(pid: number): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const stat = readIfThere(`/proc/${pid}/stat`);
  // The second field is the program's name in parentheses and may hold anything.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

function describesLivingProcess(lock: string, path: string): boolean {
  const [pidText = '', start] = lock.trim().split(' ');
  const pid = Number(pidText);
  if (!Number.isInteger(pid) || pid <= 0) return false;
  if (pid === process.pid) return HELD.has(path);
  return isAlive(pid) && (start === undefined || start === startOf(pid));
}

function tryCreate(path: string): boolean {
  try {
    writeFileSync(path, [process.pid, startOf(process.pid) ?? ''].join(' ').trim(), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Takes a dead process's lock away, and puts it back when it turns out that another agent has taken it over meanwhile. */
function removeStale(path: string, seen: string): void {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw error;
  }
  if (readFileSync(aside, 'utf8') === seen) rmSync(aside);
  else renameSync(aside, path);
}

/**
 * Makes this process the only one that uses a folder, by a file in it; the lock of a process that is gone is taken over.
 *
 * @returns how to let go of it
 * @throws Error that names the process which holds it
 */
export function lockFolder(path: string, folder: string): () => void {
  for (let tries = 0; tries < 3; tries += 1) {
    if (tryCreate(path)) {
      HELD.add(path);
      return () => {
        if (HELD.delete(path)) rmSync(path, { force: true });
      };
    }
    const lock = readIfThere(path);
    if (lock === undefined) continue;
    if (describesLivingProcess(lock, path)) break;
    removeStale(path, lock);
  }
  const holder = readIfThere(path)?.split(' ')[0] ?? 'unknown';
  throw new Error(
    `the data folder ${folder} is in use by another agent (process ${holder}): stop that one, or give this one its own with --data`,
  );
}
