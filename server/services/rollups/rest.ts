import { performance, type EventLoopUtilization } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';

/** Above this share of its time the event loop has others who wait. */
const BUSY = 0.9;
/** Then rests take so many times what the work took, */
const SHARE = 2;
/** but no longer, ms. */
const LONGEST_MS = 2000;
/** What is later than this is not held back any more, ms: a server that is always busy would never do it. */
const LATEST_MS = 60_000;

/** What a piece of work in the background took. */
export interface Took {
  readonly tookMs: number;
  /** Share of that time in which the event loop had something to do. */
  readonly utilization: number;
  /** How late the work was. */
  readonly lateMs: number;
}

/** How long to rest after a piece of work, ms: not at all where the event loop has time for it, or where the work is late. */
export function restMs({ tookMs, utilization, lateMs }: Took): number {
  return utilization < BUSY || lateMs > LATEST_MS ? 0 : Math.min(LONGEST_MS, SHARE * tookMs);
}

/** Rests between pieces of work that can wait, so that those who reconnect after a restart, or send, do not. */
export class Rests {
  private since = performance.now();
  private before: EventLoopUtilization = performance.eventLoopUtilization();

  /** A piece of work ended that was so late: rests before the next. Ends early when the signal aborts. */
  async after(lateMs: number, signal?: AbortSignal): Promise<void> {
    const { utilization } = performance.eventLoopUtilization(this.before);
    const pause = restMs({ tookMs: performance.now() - this.since, utilization, lateMs });
    // An abort ends the rest, and the work after it: whoever works sees the signal.
    if (pause > 0) await setTimeout(pause, undefined, { signal }).catch(() => undefined);
    this.since = performance.now();
    this.before = performance.eventLoopUtilization();
  }
}
