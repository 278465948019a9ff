import type { Timeline } from './timeline.js';

/** By then what an agent does all day has been done a few times, and what only its start needed is not needed any more, ms. */
const FIRST_MS = 30_000;
const AGAIN_MS = 3_600_000;
/** It takes some 50 ms, in which no cycle could start in time; so far away the next one has to be, ms. */
const QUIET_MS = 1000;

/** Says when an agent gives back the memory that it does not need: soon after its start and then once an hour, between cycles. One that is never at rest keeps it. */
export class Tidying {
  #dueMs: number;

  /** @param quietForMs how long nothing is to be done from now, ms; 0 where something is under way */
  constructor(
    private readonly timeline: Timeline,
    private readonly quietForMs: () => number,
    private readonly tidy: () => void,
  ) {
    this.#dueMs = timeline.monotonicMs() + FIRST_MS;
  }

  /** To be called whenever something has ended, and now and then. */
  look(): void {
    const now = this.timeline.monotonicMs();
    if (now < this.#dueMs || this.quietForMs() < QUIET_MS) return;
    this.#dueMs = now + AGAIN_MS;
    this.tidy();
  }
}
