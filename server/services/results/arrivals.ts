import type { Store } from '../store/store.js';

/**
 * Rows are numbered as they arrive, but for those that arrive at once: on PostgreSQL a row with a later number may have been taken in earlier, by as
 * long as a transaction may last, and servers' clocks differ. So far behind a moment is looked, ms.
 */
const DISORDER_MS = 120_000;

// Halves the range of numbers until what is left is the first row that arrived after the moment, or the number after the last.
const MIDDLE = '(low + high) / 2';
const EARLY = `(select at + received from result where seq >= ${MIDDLE} order by seq limit 1) <= ?`;
const SINCE = `with recursive range (low, high) as (
    select (select coalesce(min(seq), 0) from result), (select coalesce(max(seq), -1) + 1 from result)
    union all
    select case when ${EARLY} then ${MIDDLE} + 1 else low end, case when ${EARLY} then high else ${MIDDLE} end from range where low < high
  ) select low as first, (select coalesce(max(seq), -1) + 1 from result) - low as rows from range where low >= high`;

/** What arrived since a moment: no row before `first` did; `rows` are from there to the last. */
export interface Arrived {
  readonly first: number;
  readonly rows: number;
}

/** Finds rows by when they arrived, which no index holds: by their numbers. */
export class Arrivals {
  constructor(private readonly store: Store) {}

  /** What arrived after this moment (ms since 1970), with a few rows from shortly before. */
  async since(moment: number): Promise<Arrived> {
    const before = moment - DISORDER_MS;
    const [found] = await this.store.read<Arrived>(SINCE, [before, before]);
    return found ?? { first: 0, rows: 0 };
  }
}
