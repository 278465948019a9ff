/** Places of a new board. */
const PLACES = 256;

/** The monotonic clock that all threads of the process share, ms. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/**
 * Memory that a lane shares with its worker: a place for each job under way, where the worker notes until when the job may take (`monotonicMs`), 0 while it has not
 * taken it on. A message for each would wake the lane's thread, which is asleep most of the time, for something that it needs only when a worker hangs.
 */
export class Board {
  #values = new Float64Array(new SharedArrayBuffer(PLACES * Float64Array.BYTES_PER_ELEMENT));
  #free = Array.from({ length: PLACES }, (_, place) => place);

  /** The memory as it is now, for the worker: another one after `takePlaces` had to make more room. */
  get values(): Float64Array {
    return this.#values;
  }

  /** Gives so many empty places of `values`. */
  takePlaces(count: number): number[] {
    if (this.#free.length < count) this.#replace(count);
    const places = this.#free.splice(this.#free.length - count);
    for (const place of places) this.#values[place] = 0;
    return places;
  }

  /** Gives a place back. That of a board since replaced goes with it. */
  release(place: number, values: Float64Array): void {
    if (values === this.#values) this.#free.push(place);
  }

  #replace(count: number): void {
    const places = Math.max(count, this.#values.length) * 2;
    this.#values = new Float64Array(new SharedArrayBuffer(places * Float64Array.BYTES_PER_ELEMENT));
    this.#free = Array.from({ length: places }, (_, place) => place);
  }
}
