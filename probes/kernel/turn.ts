import { performance } from 'node:perf_hooks';

/** So long a thread reads from its sockets in one turn of the event loop, ms: then timers, deadlines and what else it runs have theirs. */
const TURN_MS = 4;

let since: number | undefined;

/**
 * Whether the present turn of the event loop has been reading for long enough, whoever of its runs it was: what is left waits for the next turn. Its first caller
 * begins it. A peer that sends faster than this thread reads would keep it for ever.
 */
export function turnIsSpent(): boolean {
  const now = performance.now();
  if (since === undefined) {
    since = now;
    setImmediate(() => (since = undefined));
  }
  return now - since >= TURN_MS;
}
