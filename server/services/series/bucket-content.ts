import { Sketch } from '../rollups/sketch.js';
import { addTo, emptyTally, mergeInto, type Tally } from '../rollups/tally.js';

/** What falls into one bucket of one metric. */
export interface BucketContent {
  readonly tally: Tally;
  /** All of its numbers, where all were read from raw results: percentiles are exact then. Else the tally's sketch knows them within 1 %. */
  readonly values?: readonly number[];
}

/** Numbers of a bucket that are kept for exact percentiles at most. */
const MOST_EXACT = 20_000;

/** The content of numbers read from raw results. `weights`: of a RATIO, the denominators that belong to the numbers. */
export function contentOf(values: readonly number[], weights?: readonly number[]): BucketContent {
  const tally = emptyTally({ weighted: weights !== undefined, sketch: false });
  for (const [index, value] of values.entries()) addTo(tally, value, weights?.[index]);
  return { tally, values };
}

/** Both together. */
export function mergeContents(one: BucketContent, other: BucketContent): BucketContent {
  const bothRaw = one.values !== undefined && other.values !== undefined && one.values.length + other.values.length <= MOST_EXACT;
  const tally = emptyTally({ weighted: false, sketch: false });
  mergeInto(tally, bothRaw ? one.tally : sketched(one));
  mergeInto(tally, bothRaw ? other.tally : sketched(other));
  return bothRaw ? { tally, values: [...one.values, ...other.values] } : { tally };
}

function sketched({ tally, values }: BucketContent): Tally {
  return values === undefined ? tally : { ...tally, sketch: Sketch.of(values) };
}
