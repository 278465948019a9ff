/** A key and its count in one number: keys need 17 bits and a sign, counts 32. */
const ROOM = 2 ** 32;
const AT_FIRST = 16;

/**
 * Counts by whole numbers. What is counted is appended, and sorted and summed up when the room is used up or somebody looks: many times cheaper than a map
 * where most keys are counted once.
 */
export class KeyCounts {
  private codes = new Float64Array(AT_FIRST);
  private used = 0;
  private tidy = true;

  /** @param times from 1 to 2^32 - 1; so is the sum of a key */
  add(key: number, times: number): void {
    if (this.used === this.codes.length) this.makeRoom();
    this.codes[this.used] = key * ROOM + times;
    this.used += 1;
    this.tidy = false;
  }

  /** Calls back for each key, ascending. */
  each(visit: (key: number, count: number) => void): void {
    this.tidyUp();
    for (let index = 0; index < this.used; index += 1) {
      const code = this.codes[index] as number;
      const key = Math.floor(code / ROOM);
      visit(key, code - key * ROOM);
    }
  }

  private makeRoom(): void {
    this.tidyUp();
    if (2 * this.used <= this.codes.length) return;
    const larger = new Float64Array(2 * this.codes.length);
    larger.set(this.codes);
    this.codes = larger;
  }

  private tidyUp(): void {
    if (this.tidy) return;
    const { codes, used } = this;
    codes.subarray(0, used).sort();
    let last = 0;
    for (let index = 1; index < used; index += 1) {
      const code = codes[index] as number;
      const before = codes[last] as number;
      const key = Math.floor(code / ROOM);
      if (key === Math.floor(before / ROOM)) codes[last] = before + (code - key * ROOM);
      else codes[++last] = code;
    }
    this.used = last + 1;
    this.tidy = true;
  }
}
