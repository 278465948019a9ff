const FIRST_MS = 500;
/** So that an agent is back within 10 s of its server, however long that was away, ms. */
const LONGEST_MS = 8000;

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
