/** What time it is, and a call when some of it has passed. Tests bring one of their own: what takes days takes them no time. */
export interface Clock {
  now(): Date;
  /** Calls back in `ms` milliseconds, unless the function that it returns was called before. */
  after(ms: number, work: () => void): () => void;
}

/** The time of this machine. */
export const SYSTEM_CLOCK: Clock = {
  now: () => new Date(),
  after(ms, work) {
    // Node's timers may come a millisecond early: what waits for a moment is called when it has come.
    const timer = setTimeout(work, ms + 1);
    return () => clearTimeout(timer);
  },
};
