/** A binary heap: the least item is found at once, adding and taking cost log n. */
export class Heap<T> {
  readonly #items: T[] = [];

  /** @param before whether `a` comes out before `b` */
  constructor(private readonly before: (a: T, b: T) => boolean) {}

  get size(): number {
    return this.#items.length;
  }

  /** The least item, left where it is. */
  peek(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    this.#items.push(item);
    this.#rise(this.#items.length - 1);
  }

  /** Takes the least item out. */
  pop(): T | undefined {
    const least = this.#items[0];
    const last = this.#items.pop();
    if (last !== undefined && this.#items.length > 0) {
      this.#items[0] = last;
      this.#sink(0);
    }
    return least;
  }

  clear(): void {
    this.#items.length = 0;
  }

  #swapIfBefore(index: number, other: number): boolean {
    const a = this.#items[index];
    const b = this.#items[other];
    if (a === undefined || b === undefined || !this.before(a, b)) return false;
    this.#items[index] = b;
    this.#items[other] = a;
    return true;
  }

  #rise(start: number): void {
    for (let index = start; index > 0;) {
      const parent = (index - 1) >> 1;
      if (!this.#swapIfBefore(index, parent)) return;
      index = parent;
    }
  }

  #sink(start: number): void {
    for (let index = start; ;) {
      const [left, right] = [2 * index + 1, 2 * index + 2];
      const leftItem = this.#items[left];
      const rightItem = this.#items[right];
      if (leftItem === undefined) return;
      const least = rightItem !== undefined && this.before(rightItem, leftItem) ? right : left;
      if (!this.#swapIfBefore(least, index)) return;
      index = least;
    }
  }
}
