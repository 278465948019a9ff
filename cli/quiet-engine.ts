import { setFlagsFromString } from 'node:v8';

/** V8 counted what a function takes until Node 20 (66 kB by itself), and counts its calls since V8 12 (3,000 by itself). */
const LATE_COMPILER =
  Number(process.versions.v8.split('.')[0]) < 12 ? '--interrupt-budget=1000000' : '--invocation-count-for-turbofan=45000';

/**
 * - Code is optimised from some fifteen times the usual work on: an agent of ten tests runs each of its functions a few times a second, so that the compiler never earns back what it takes.
 *   One that is busy is there after a second more.
 * - A nursery of a megabyte or two is collected by the thread that fills it: waking four helpers costs more than they save.
 */
const FLAGS = [LATE_COMPILER, '--no-parallel-scavenge', '--no-concurrent-array-buffer-sweeping'];

/** Sets V8 up for a process that mostly sleeps: some fifth less of the processor, and 8 MB less (`npm run bench:agent`, docs/decisions/0012). For this process and the workers that it starts from now on. */
export function quietEngine(): void {
  for (const flag of FLAGS) setFlagsFromString(flag);
}
