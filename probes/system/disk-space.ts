import { statfsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import type { Outcomes } from './outcome.js';

/** What statfs(2) says of a file system, in its blocks. */
export interface Space {
  readonly bsize: number;
  readonly blocks: number;
  readonly bfree: number;
}

/** Size, used space and its share of the size. */
export function spaceOutcomes({ bsize, blocks, bfree }: Space): Outcomes {
  const used = (blocks - bfree) * bsize;
  return {
    'disk.total': blocks * bsize,
    'disk.used': used,
    'disk.utilization': blocks > 0 ? (100 * (blocks - bfree)) / blocks : 'this file system has no size of its own',
  };
}

/** A host whose root hangs does not get here; and a trip through the thread pool costs many times what the call does. */
const ROOT = '/';

/** The space of the file system that holds a path. But for the root in the thread pool, since a file system of the network may keep us waiting. */
export async function diskSpace(path: string): Promise<Outcomes> {
  try {
    return spaceOutcomes(path === ROOT ? statfsSync(path) : await statfs(path));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === undefined) throw error;
    const reason = `the file system of ${path} cannot be read (${code})`;
    return { 'disk.total': reason, 'disk.used': reason, 'disk.utilization': reason };
  }
}
