import { performance } from 'node:perf_hooks';

interface Waiting {
  readonly rounds: number[];
  /** When it is no longer worth while to wait for a first turn, `performance.now()`. */
  readonly until: number;
}

/** Packets that wait until the router at their hop has an answer left for them. */
export class Line {
  readonly #waiting = new Map<number, Waiting>();
  readonly #asked = new Set<number>();
  /** Packets that were never sent, by TTL. */
  readonly notSent = new Map<number, number>();

  /** A packet has to wait: the trace lasts on for the first of a hop so long, ms. */
  join(ttl: number, round: number, patienceMs: number): void {
    const waiting = this.#waiting.get(ttl) ?? { rounds: [], until: performance.now() + patienceMs };
    waiting.rounds.push(round);
    this.#waiting.set(ttl, waiting);
  }

  /** Whether one waits for this hop. */
  waits(ttl: number): boolean {
    return this.#waiting.has(ttl);
  }

  /** A packet is left out, since the one before it waits still. */
  skip(ttl: number): void {
    this.#leave(ttl, 1);
  }

  /** A packet went to a hop. */
  ask(ttl: number): void {
    this.#asked.add(ttl);
  }

  isAsked(ttl: number): boolean {
    return this.#asked.has(ttl);
  }

  /** Whether the trace is to last on for those that wait: a hop that was not asked at all is worth a while, one that was asked less often is not. */
  get holds(): boolean {
    if (this.#waiting.size === 0) return false;
    const now = performance.now();
    return [...this.#waiting].some(([ttl, { until }]) => !this.#asked.has(ttl) && now < until);
  }

  /** Sends what may go: all that `send` takes. */
  pass(send: (ttl: number, round: number) => boolean): void {
    for (const [ttl, { rounds }] of this.#waiting) {
      let [round] = rounds;
      while (round !== undefined && send(ttl, round)) {
        rounds.shift();
        [round] = rounds;
      }
      if (round === undefined) this.#waiting.delete(ttl);
    }
  }

  /** Nobody waits for hops behind this one any more: the path ends there. */
  cut(end: number): void {
    for (const ttl of this.#waiting.keys()) if (ttl > end) this.#waiting.delete(ttl);
  }

  /** Who waits still is never sent. */
  close(): void {
    for (const [ttl, { rounds }] of this.#waiting) this.#leave(ttl, rounds.length);
    this.#waiting.clear();
  }

  #leave(ttl: number, packets: number): void {
    this.notSent.set(ttl, (this.notSent.get(ttl) ?? 0) + packets);
  }
}
