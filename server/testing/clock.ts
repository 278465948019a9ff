import type { Clock } from '../clock.js';

interface Wait {
  readonly at: number;
  readonly work: () => void;
}

const HOUR_MS = 3_600_000;

/** A full hour of three days ago, ms: results of then are neither too old nor of the future. */
export function hourOfThePast(): number {
  return (Math.floor(Date.now() / HOUR_MS) - 72) * HOUR_MS;
}

/** A clock that stands still until it is told to go on. */
export class TestClock implements Clock {
  private readonly waits = new Set<Wait>();

  constructor(private time: number) {}

  now(): Date {
    return new Date(this.time);
  }

  after(ms: number, work: () => void): () => void {
    if (ms <= 0) {
      const soon = setImmediate(work);
      return () => clearImmediate(soon);
    }
    const wait = { at: this.time + ms, work };
    this.waits.add(wait);
    return () => void this.waits.delete(wait);
  }

  /** Goes on to this moment: calls what waits for it, in the order of time. */
  advanceTo(moment: Date | string): void {
    const end = new Date(moment).getTime();
    for (;;) {
      const next = [...this.waits].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.waits.delete(next);
      this.time = Math.max(this.time, next.at);
      next.work();
    }
    this.time = Math.max(this.time, end);
  }

  /** Goes on for so long. */
  advance(seconds: number): void {
    this.advanceTo(new Date(this.time + seconds * 1000));
  }
}
