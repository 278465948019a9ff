const AT_FIRST = 64;
/** A wider spread of keys is kept sparsely: some 40 decades of numbers, which a bucket hardly ever has. */
const WIDEST = 4096;

/**
 * Counts by whole numbers that lie near each other, as the classes of a bucket's numbers do: one cell a key, from the smallest to the largest.
 * Far apart ones are kept in a map.
 */
export class KeyCounts {
  private cells: number[] = [];
  /** The key of the first cell. */
  private first = 0;
  private sparse: Map<number, number> | undefined;

  /** @param times from 1; the sum of a key stays below 2^53 */
  add(key: number, times: number): void {
    if (this.sparse) return addSparse(this.sparse, key, times);
    const place = key - this.first;
    if (place >= 0 && place < this.cells.length) {
      this.cells[place] = (this.cells[place] as number) + times;
      return;
    }
    this.widen(key);
    this.add(key, times);
  }

  /** Calls back for each key, ascending. */
  each(visit: (key: number, count: number) => void): void {
    if (this.sparse) {
      for (const key of [...this.sparse.keys()].sort((one, other) => one - other)) visit(key, this.sparse.get(key) as number);
      return;
    }
    for (let place = 0; place < this.cells.length; place += 1) {
      const count = this.cells[place] as number;
      if (count !== 0) visit(this.first + place, count);
    }
  }

  /** Makes room for a key that has no cell: as much again as there was, and the key in it. */
  private widen(key: number): void {
    const { cells, first } = this;
    if (cells.length === 0) {
      this.cells = noCounts(AT_FIRST);
      this.first = key - AT_FIRST / 2;
      return;
    }
    const from = key < first ? Math.min(key, first - cells.length) : first;
    const to = key < first ? first + cells.length : Math.max(key + 1, first + 2 * cells.length);
    if (to - from > WIDEST) return this.becomeSparse();
    this.cells = [...noCounts(first - from), ...cells, ...noCounts(to - first - cells.length)];
    this.first = from;
  }

  private becomeSparse(): void {
    const sparse = new Map<number, number>();
    this.each((key, count) => void sparse.set(key, count));
    this.sparse = sparse;
    this.cells = [];
  }
}

/** A list, not a typed array: those have their memory outside of the heap, which takes longer to get than a short list is in use. */
function noCounts(length: number): number[] {
  return new Array<number>(length).fill(0);
}

function addSparse(counts: Map<number, number>, key: number, times: number): void {
  counts.set(key, (counts.get(key) ?? 0) + times);
}
