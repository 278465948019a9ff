import { Heap } from '../heap.js';
import type { Timeline } from '../timeline.js';

interface Timer {
  readonly atMs: number;
  readonly callback: () => void;
  cancelled: boolean;
}

/** Clocks that a test moves: the monotonic one by `advance`, the wall clock in addition by `step`. */
export class FakeTimeline implements Timeline {
  #monotonicMs = 1000;
  #wallMs: number;
  readonly #timers = new Heap<Timer>((a, b) => a.atMs < b.atMs);

  constructor(wallMs = Date.UTC(2026, 0, 1)) {
    this.#wallMs = wallMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  wallMs(): number {
    return this.#wallMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer: Timer = { atMs: this.#monotonicMs + Math.max(0, delayMs), callback, cancelled: false };
    this.#timers.push(timer);
    return () => (timer.cancelled = true);
  }

  /** Lets time pass, firing each timer at its moment. */
  advance(ms: number): void {
    const end = this.#monotonicMs + ms;
    for (let next = this.#timers.peek(); next && next.atMs <= end; next = this.#timers.peek()) {
      this.#timers.pop();
      this.#pass(Math.max(0, next.atMs - this.#monotonicMs));
      if (!next.cancelled) next.callback();
    }
    this.#pass(Math.max(0, end - this.#monotonicMs));
  }

  /** Lets time pass while the process cannot run: timers fire only afterwards. */
  block(ms: number): void {
    this.#pass(ms);
  }

  /** Sets the wall clock forward (or back, when negative); a suspended host looks the same. */
  step(ms: number): void {
    this.#wallMs += ms;
  }

  #pass(ms: number): void {
    this.#monotonicMs += ms;
    this.#wallMs += ms;
  }
}
