const FIRST_MS = 500;
const LONGEST_MS = 20_000;

/** How long to wait before the next try: twice as long each time, and a random part of it, so that a thousand agents don't come back together. */
export class BackOff {
  #nextMs = FIRST_MS;

  constructor(private readonly random: () => number = Math.random) {}

  /** The next wait, ms: between half of what it may be and all of it. */
  next(): number {
    const waitMs = this.#nextMs * (0.5 + this.random() / 2);
    this.#nextMs = Math.min(this.#nextMs * 2, LONGEST_MS);
    return waitMs;
  }

  /** It worked: the next trouble starts with a short wait. */
  reset(): void {
    this.#nextMs = FIRST_MS;
  }
}
