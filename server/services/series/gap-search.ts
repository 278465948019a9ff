import { bucketStart, levelsFor, type Level } from '../rollups/levels.js';
import { Unavailable } from '../rollups/marked.js';
import { union, without, type Stretch } from '../rollups/stretches.js';
import type { Store } from '../store.js';
import type { Intervals } from '../tests/intervals.js';

/** Whose results, and where; times in ms since 1970. */
export interface GapRange extends Stretch {
  readonly assignment: number;
  /** The test's intervals, and the shortest of the range, ms. */
  readonly intervals: Pick<Intervals, 'at'>;
  readonly shortest: number;
}

/** Results that are looked at one by one for the gaps of a range at most. */
export const MOST_LOOKED_AT = 20_000;
/** Stretches that are looked at on their own at most. */
const MOST_STRETCHES = 300;

const COUNT = 'select count(*) as n from (select 1 from result where assignment = ? and at >= ? and at < ? limit ?) c';
const COUNTS = `select bucket, sum(results) as n from rollup
  where assignment = ? and level = ? and bucket >= ? and bucket < ? group by bucket order by bucket`;

/**
 * Finds where results may be missing without reading them all: buckets of the rollups that have as many results as fit are out of question, those that have
 * not are looked at on the next finer level. Few results are looked at in any case. Over a range with so many holes that this would still be too much, the
 * longest stretches come first, and the rest is left out.
 */
export class GapSearch {
  constructor(private readonly store: Store) {}

  /** Stretches that hold all gaps, ascending. */
  async stretches(range: GapRange): Promise<Stretch[]> {
    const whole = { from: range.from, to: range.to };
    const count = await this.count(range, whole, MOST_LOOKED_AT + 1);
    if (count <= MOST_LOOKED_AT) return [whole];
    let suspects: Stretch[] = [whole];
    for (const level of levelsFor(range.shortest).reverse()) suspects = await this.narrow(range, level, suspects);
    return this.affordable(range, suspects);
  }

  private async narrow(range: GapRange, level: Level, suspects: readonly Stretch[]): Promise<Stretch[]> {
    const { assignment, intervals } = range;
    // Where the interval was changed within a bucket, at least as many as the longer one brings.
    const fits = (bucket: number): number =>
      Math.max(1, Math.round(level.ms / Math.max(intervals.at(bucket), intervals.at(bucket + level.ms))));
    const dirty = (await Unavailable.of(this.store.read, assignment, level, range)).at(level);
    const left: Stretch[] = [];
    for (const suspect of longest(suspects)) {
      const bindings = [assignment, level.id, bucketStart(level, suspect.from), suspect.to];
      const rows = await this.store.read<{ bucket: number; n: number }>(COUNTS, bindings);
      const full = rows.filter(({ bucket, n }) => Number(n) >= fits(bucket)).map(({ bucket }) => ({ from: bucket, to: bucket + level.ms }));
      const clean = union(full).flatMap((stretch) => without(stretch, union(dirty)));
      left.push(...without(suspect, clean));
    }
    return union(left);
  }

  private async affordable(range: GapRange, suspects: readonly Stretch[]): Promise<Stretch[]> {
    let budget = MOST_LOOKED_AT;
    const chosen: Stretch[] = [];
    for (const suspect of longest(suspects)) {
      const count = await this.count(range, suspect, budget + 1);
      if (count > budget) continue;
      budget -= count;
      chosen.push(suspect);
    }
    return chosen.sort((one, other) => one.from - other.from);
  }

  private async count({ assignment }: GapRange, { from, to }: Stretch, most: number): Promise<number> {
    const [row] = await this.store.read<{ n: number }>(COUNT, [assignment, from, to, most]);
    return Number(row?.n ?? 0);
  }
}

function longest(stretches: readonly Stretch[]): Stretch[] {
  return [...stretches].sort((one, other) => other.to - other.from - (one.to - one.from)).slice(0, MOST_STRETCHES);
}
