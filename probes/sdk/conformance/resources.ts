import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

/** What this process holds open, by kind: "socket", "anon_inode:[eventpoll]", "timer", "child". */
export type Holdings = ReadonlyMap<string, number>;

const SETTLE_MS = 2_000;
const POLL_MS = 20;
const CALM_POLLS = 3;

/** Entries of a folder of /proc; none where it cannot be read, since what is listed there comes and goes. */
function entries(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

function linkKind(path: string): string | undefined {
  try {
    return readlinkSync(path).replace(/:\[\d+\]$/, '');
  } catch (error) {
    // The descriptor of the listing itself is gone by now.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function childrenOf(task: string): number {
  const path = `/proc/self/task/${task}/children`;
  return existsSync(path) ? readFileSync(path, 'utf8').split(' ').filter(Boolean).length : 0;
}

/** Counts what the process holds: descriptors and children where there is /proc, timers everywhere. */
export function holdings(): Holdings {
  const counts = new Map<string, number>();
  const add = (kind: string, count = 1): void => void counts.set(kind, (counts.get(kind) ?? 0) + count);
  for (const entry of entries('/proc/self/fd')) {
    const kind = linkKind(`/proc/self/fd/${entry}`);
    if (kind !== undefined) add(kind);
  }
  for (const task of entries('/proc/self/task')) add('child', childrenOf(task));
  for (const resource of process.getActiveResourcesInfo()) if (resource === 'Timeout' || resource === 'Immediate') add('timer');
  return counts;
}

function leaks(before: Holdings, after: Holdings, runs: number): string[] {
  // Fewer than one a run is no leak of the run's: something that the probe keeps for all of its runs, or the test runner's own.
  const limit = (kind: string): number => (kind === 'child' ? 1 : runs);
  return [...after]
    .filter(([kind, count]) => count - (before.get(kind) ?? 0) >= limit(kind))
    .map(([kind, count]) => `${runs} runs left ${count - (before.get(kind) ?? 0)} of "${kind}" behind`);
}

/** What is held once nothing comes or goes any more: what earlier runs still hold for a moment would hide what later ones leave. */
async function atRest(): Promise<Holdings> {
  const end = performance.now() + SETTLE_MS;
  let [before, now] = [holdings(), holdings()];
  for (let same = 0; same < CALM_POLLS && performance.now() < end; same = isDeepStrictEqual(before, now) ? same + 1 : 0) {
    await delay(POLL_MS);
    [before, now] = [now, holdings()];
  }
  return now;
}

/** Waits until what the runs held is released, which the far end of a connection may do a little later; gives what is still held. */
async function settled(before: Holdings, runs: number): Promise<string[]> {
  const end = performance.now() + SETTLE_MS;
  let found = leaks(before, holdings(), runs);
  while (found.length > 0 && performance.now() < end) {
    await delay(POLL_MS);
    found = leaks(before, holdings(), runs);
  }
  return found;
}

/**
 * Runs something several times, once more beforehand to warm up, and says what the runs left behind: descriptors, children, timers,
 * files in the temporary folder (which is one of its own meanwhile).
 */
export async function leftBehind(runs: number, run: () => Promise<unknown>): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-'));
  const previous = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  try {
    await run();
    const before = await atRest();
    for (let index = 0; index < runs; index += 1) await run();
    const files = readdirSync(folder).map((name) => `the temporary file ${name} is left behind`);
    return [...files, ...(await settled(before, runs))];
  } finally {
    if (previous === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = previous;
    rmSync(folder, { recursive: true, force: true });
  }
}
