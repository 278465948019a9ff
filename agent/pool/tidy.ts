import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { kernelAvailability, libc } from '../../probes/kernel/libc.js';

/** As V8's own extension declares it (--expose-gc). */
type Collect = (options?: { readonly type: 'major'; readonly execution: 'sync'; readonly flavor: 'last-resort' }) => void;

/** V8 11 (Node 20) takes any options for a collection of the nursery alone, and keeps no pages. */
const KNOWS_OPTIONS = Number(process.versions.v8.split('.')[0]) >= 12;

/**
 * Lets go of all that this thread holds and does not need: garbage, code that only its start ran, pages that its nursery grew out of, which V8 keeps since Node 22
 * for a rush that a process which mostly sleeps never sees. Takes some 50 ms, in which nothing else runs in this thread.
 */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as Collect;
  setFlagsFromString('--no-expose-gc');
  if (KNOWS_OPTIONS) collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  else collect();
}

/** Gives what the C library has free, for any thread, back to the system (malloc_trim(3)); it would keep it. Nothing where there is no such function (musl). */
export function trimMemory(): void {
  if (kernelAvailability().available) libc().malloc_trim?.(0);
}
