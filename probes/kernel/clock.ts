import { CLOCK_MONOTONIC, CLOCK_REALTIME } from './constants.js';
import { libc } from './libc.js';

/** Seconds since 1970 from which stamps count, so that a double keeps them to well under a microsecond. */
const ANCHOR_S = Math.floor(Date.now() / 1000) - 86_400;

/** A kernel stamp (struct timespec) as ms since an anchor within this process: only differences of stamps mean anything. */
export function stampMs(seconds: number, nanoseconds: number): number {
  return (seconds - ANCHOR_S) * 1e3 + nanoseconds / 1e6;
}

/** ms since 1970 of a stamp. */
export function stampToWallMs(stamp: number): number {
  return stamp + ANCHOR_S * 1e3;
}

const timespec = Buffer.alloc(16);

function read(clock: number): [seconds: number, nanoseconds: number] {
  libc().clock_gettime(clock, timespec);
  return [Number(timespec.readBigInt64LE(0)), timespec.readInt32LE(8)];
}

/** CLOCK_REALTIME now, on the scale of `stampMs`: the clock of the kernel's stamps. */
export function realtimeMs(): number {
  const [seconds, nanoseconds] = read(CLOCK_REALTIME);
  return stampMs(seconds, nanoseconds);
}

function monotonicMs(): number {
  const [seconds, nanoseconds] = read(CLOCK_MONOTONIC);
  return seconds * 1e3 + nanoseconds / 1e6;
}

/** adjtime(3) slews by 500 ppm at most. */
const LARGEST_SLEW = 500e-6;
/** A thread that is preempted between two readings would see a step: readings that lie further apart are taken again, ms. */
const TOGETHER_MS = 0.05;
const ATTEMPTS = 20;

/** How far the wall clock is ahead of the monotonic one, and when on that one, ms. */
interface Comparison {
  readonly offset: number;
  readonly at: number;
}

/** From the closest pair of readings. */
function compareClocks(): Comparison {
  let best = { offset: 0, at: 0, apart: Number.POSITIVE_INFINITY };
  for (let attempt = 0; attempt < ATTEMPTS && best.apart > TOGETHER_MS; attempt++) {
    const before = monotonicMs();
    const wall = realtimeMs();
    const apart = monotonicMs() - before;
    if (apart < best.apart) best = { offset: wall - before - apart / 2, at: before, apart };
  }
  return best;
}

/** A step of the wall clock beyond this spoils the samples across it, ms. */
export const STEP_LIMIT_MS = 1;

/**
 * Sees steps of the wall clock, in which the kernel stamps packets, against the monotonic one. Slewing between two looks is none.
 */
export class ClockWatch {
  #offset = 0;
  #at = 0;

  /** `compare`: how the clocks are compared. */
  constructor(private readonly compare: () => Comparison = compareClocks) {
    this.restart();
  }

  /** Takes the clocks' present difference as the base. */
  restart(): void {
    const { offset, at } = this.compare();
    this.#offset = offset;
    this.#at = at;
  }

  /** The step since the last look, ms; 0 where there was none over 1 ms. */
  stepMs(): number {
    const { offset, at } = this.compare();
    const moved = offset - this.#offset;
    const slewed = (at - this.#at) * LARGEST_SLEW;
    this.#offset = offset;
    this.#at = at;
    return Math.abs(moved) > STEP_LIMIT_MS + slewed ? moved : 0;
  }
}
