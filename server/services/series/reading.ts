import { levelsFor, type Level } from '../rollups/levels.js';
import { stepsFor } from './steps.js';
import type { BucketRange } from './bucket-reader.js';
import type { KeptSince } from './series-source.js';

/** Results that are read one by one for a series at most, where there is a level to read instead. */
export const MOST_RESULTS = 5000;
/** Up to so many, reading them costs little, and their percentiles are exact. */
const FEW_RESULTS = 1000;
/**
 * So many results are counted before it is said that there are too many. Where far more are due than would be read, it is only of interest whether there
 * are hardly any.
 */
export function countLimit(rangeMs: number, intervalSeconds: number): number {
  return rangeMs / (intervalSeconds * 1000) > 2 * MOST_RESULTS ? FEW_RESULTS : MOST_RESULTS;
}

/** Rollup rows that are read for a series at most. */
const MOST_ROWS = 3000;

/** What is asked for, and what there is. Times in ms since 1970. */
export interface ReadingInput {
  readonly from: number;
  readonly to: number;
  readonly maxPoints: number;
  /** The shortest that the test had in the range. */
  readonly intervalSeconds: number;
  /** Results of the range in the series that has most of them; Infinity where they are more than `countLimit`. */
  readonly results: number;
  readonly keptSince: KeptSince;
  /** Where results are not kept any more: the coarsest level with rows made from results, of which no finer level knows. */
  readonly onlyIn?: Level | undefined;
}

/** How a range is read: in which buckets, and from which levels, coarsest first; none: from raw results. */
export interface Reading {
  readonly range: BucketRange;
  readonly levels: readonly Level[];
}

/**
 * Picks the finest readable step that is cheap to read: from results while they are few, else from the coarsest level that divides the step. Where that
 * would be too many rows, or a level that is needed is not kept so long, the step grows: `maxPoints` is a maximum.
 *
 * Buckets are aligned to whole steps since 1970, so that a chart that moves on keeps its points; a single one begins where the range does.
 */
export function chooseReading(input: ReadingInput): Reading {
  const { from, to, maxPoints, intervalSeconds, onlyIn } = input;
  const levels = levelsFor(intervalSeconds * 1000).reverse();
  const single = Math.max(Math.ceil((to - from) / 1000), intervalSeconds) * 1000;
  if (maxPoints === 1) return { range: { from, to, origin: from, stepMs: Math.ceil(single) }, levels: affordable(input, levels) ?? levels };
  for (const steps = stepsFor(to - from, maxPoints, intervalSeconds); ;) {
    const stepMs = steps.next().value * 1000;
    if (onlyIn && stepMs % onlyIn.ms !== 0) continue;
    const dividing = levels.filter(({ ms }) => stepMs % ms === 0);
    const chosen = affordable(input, dividing) ?? (dividing.length === levels.length ? levels : undefined);
    if (chosen) return { range: { from, to, origin: 0, stepMs }, levels: chosen };
  }
}

/** The levels to read, of those that serve, coarsest first; undefined where that would be too much, or is not kept so long. */
function affordable({ from, to, results, keptSince }: ReadingInput, levels: readonly Level[]): readonly Level[] | undefined {
  const rawKept = from >= keptSince(undefined);
  if (rawKept && results <= FEW_RESULTS) return [];
  const [coarsest] = levels;
  if (!coarsest) return rawKept && results <= MOST_RESULTS ? [] : undefined;
  return from >= keptSince(coarsest) && (to - from) / coarsest.ms <= MOST_ROWS ? levels : undefined;
}
