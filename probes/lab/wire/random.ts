/** Repeatable numbers, 0 to below 1 (mulberry32): the same seed gives the same losses. */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Whether something of this chance (in %) happens. Takes a number only where there is a chance. */
  happens(percent: number): boolean {
    return percent > 0 && this.next() * 100 < percent;
  }
}
