import { percentileOfSorted, roundSignificant, sorted } from '../../../probes/sdk/stats.js';
import { MetricKind } from '../../entities/enums.js';
import type { Tally } from '../rollups/tally.js';
import type { BucketContent } from './bucket-content.js';

/** Statistics of a bucket; null where the metric's kind does not have them. */
export interface BucketStatistics {
  readonly count: number;
  readonly min: number | null;
  readonly avg: number | null;
  readonly max: number | null;
  readonly p5: number | null;
  readonly p25: number | null;
  readonly p50: number | null;
  readonly p75: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/** Those of `BucketStatistics`, in its order. */
const SHARES = [0.05, 0.25, 0.5, 0.75, 0.95, 0.99];
const NO_PERCENTILES: readonly undefined[] = [];

/** Kinds whose numbers are names or states: no mean, no percentiles. */
export function isState(kind: MetricKind): boolean {
  return kind === MetricKind.CODE || kind === MetricKind.BOOL;
}

/**
 * Sums a bucket up as its kind allows: CODE and BOOL have no mean and no percentiles, the mean of a RATIO is sum of numerators / sum of denominators,
 * a DISTRIBUTION is judged by the samples of its runs and counts them. Percentiles are nearest-rank: exact from raw results, within 1 % from rollups.
 */
export function summarise(kind: MetricKind, content: BucketContent): BucketStatistics {
  const { tally } = content;
  const none = tally.count === 0;
  const state = isState(kind);
  const shares = state ? NO_PERCENTILES : percentilesOf(content);
  // Field by field: a chart has hundreds of these.
  return {
    count: tally.count,
    min: none ? null : roundSignificant(tally.min),
    avg: state ? null : meanOf(kind, tally),
    max: none ? null : roundSignificant(tally.max),
    p5: shares[0] ?? null,
    p25: shares[1] ?? null,
    p50: shares[2] ?? null,
    p75: shares[3] ?? null,
    p95: shares[4] ?? null,
    p99: shares[5] ?? null,
  };
}

function percentilesOf({ tally, values }: BucketContent): readonly (number | undefined)[] {
  if (values !== undefined) {
    const ascending = sorted(values);
    return SHARES.map((share) => percentileOfSorted(ascending, share));
  }
  // What stands for a class may lie outside of what was measured.
  const within = (value: number): number => roundSignificant(Math.min(Math.max(value, tally.min), tally.max));
  return (tally.sketch?.percentiles(SHARES) ?? []).map((value) => (value === undefined ? undefined : within(value)));
}

/** Of a RATIO sum(value x denominator) / sum(denominator): the ratio of the sums, whether it counts its numerator or what it lacks of the denominator. */
function meanOf(kind: MetricKind, { count, sum, weighted }: Tally): number | null {
  if (count === 0) return null;
  if (kind !== MetricKind.RATIO || !weighted) return roundSignificant(sum / count);
  return weighted.weight === 0 ? null : roundSignificant(weighted.sum / weighted.weight);
}
