import type { Burst } from './burst.js';

const SLOTS = 0x10000;

/** Which request each of the 65,536 echo sequence numbers stands for at the moment. */
export class SlotTable {
  readonly #bursts = new Array<Burst | undefined>(SLOTS).fill(undefined);
  readonly #indexes = new Uint16Array(SLOTS);
  #next = 0;
  #taken = 0;

  /** A number that is free, taken for this request; undefined while all are in use. */
  take(burst: Burst, index: number): number | undefined {
    if (this.#taken === SLOTS) return undefined;
    while (this.#bursts[this.#next] !== undefined) this.#next = (this.#next + 1) % SLOTS;
    const sequence = this.#next;
    this.#next = (this.#next + 1) % SLOTS;
    this.#bursts[sequence] = burst;
    this.#indexes[sequence] = index;
    burst.sequences[index] = sequence;
    this.#taken++;
    return sequence;
  }

  /** The burst that a number stands for. */
  burst(sequence: number): Burst | undefined {
    return this.#bursts[sequence];
  }

  /** The request, within its burst, that a number stands for. */
  index(sequence: number): number {
    return this.#indexes[sequence] ?? 0;
  }

  /** Whether there is room for another request. */
  get full(): boolean {
    return this.#taken === SLOTS;
  }

  /** Frees the numbers of a burst that has ended. */
  release(burst: Burst): void {
    for (let index = burst.firstIndex; index < burst.nextIndex; index++) {
      const sequence = burst.sequences[index] as number;
      if (this.#bursts[sequence] !== burst) continue;
      this.#bursts[sequence] = undefined;
      this.#taken--;
    }
  }
}
