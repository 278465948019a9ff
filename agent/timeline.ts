/** Time as the agent sees it. Injected, so that tests can let a day pass, step the clock or suspend the host. */
export interface Timeline {
  /** Never goes back; the same clock in every thread of the process, ms. */
  monotonicMs(): number;
  /** The host's wall clock, ms since 1970; people and NTP may step it. */
  wallMs(): number;
  /** Calls back once, after this many ms of monotonic time; returns how to cancel that. */
  after(delayMs: number, callback: () => void): () => void;
}

/** Longest delay that Node's timers take; a longer one would fire at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** The real clocks. Their timers keep the process running. */
export const realTimeline: Timeline = {
  monotonicMs: () => Number(process.hrtime.bigint()) / 1e6,
  wallMs: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(delayMs, 0), LONGEST_DELAY_MS));
    return () => clearTimeout(timer);
  },
};
