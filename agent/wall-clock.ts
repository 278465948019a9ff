import type { Timeline } from './timeline.js';

/** A difference between the clocks up to here is rounding or slewing, not a step, ms. */
const STEP_THRESHOLD_MS = 100;
/** A difference up to here is the wall clock's own coarseness and changes nothing, ms. */
const NOISE_MS = 5;

/**
 * The wall clock, carried on by the monotonic one between checks: schedules that count by it neither drift nor jump.
 * `check` compares the two and tells a step (somebody set the clock, or the host was suspended, during which the monotonic clock stands still).
 */
export class WallClock {
  #differenceMs: number;
  #steps = 0;

  constructor(private readonly timeline: Timeline) {
    this.#differenceMs = timeline.wallMs() - timeline.monotonicMs();
  }

  /** The wall clock, ms since 1970, as of the last check plus the monotonic time since. */
  nowMs(): number {
    return this.timeline.monotonicMs() + this.#differenceMs;
  }

  /** This moment of the wall clock on the monotonic one, ms. */
  toMonotonicMs(wallMs: number): number {
    return wallMs - this.#differenceMs;
  }

  /** Steps seen so far. */
  get steps(): number {
    return this.#steps;
  }

  /** Adopts the wall clock as it is now. Returns how far it has stepped since the last check, ms; 0 where it has not. */
  check(): number {
    const difference = this.timeline.wallMs() - this.timeline.monotonicMs();
    const change = difference - this.#differenceMs;
    if (Math.abs(change) <= NOISE_MS) return 0;
    this.#differenceMs = difference;
    if (Math.abs(change) <= STEP_THRESHOLD_MS) return 0;
    this.#steps += 1;
    return change;
  }
}
