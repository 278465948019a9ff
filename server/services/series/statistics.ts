import { percentileOfSorted, roundSignificant, sorted } from '../../../probes/sdk/stats.js';
import { MetricKind } from '../../entities/enums.js';

/** What falls into one bucket of one metric. `weights`: of a RATIO, the denominators that belong to the values. `samples`: of a DISTRIBUTION, all packets' own. */
export interface BucketContent {
  readonly values: readonly number[];
  readonly weights?: readonly number[];
  readonly samples?: readonly number[];
}

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

const NO_PERCENTILES = { p5: null, p25: null, p50: null, p75: null, p95: null, p99: null };

/**
 * Sums a bucket up as its kind allows: CODE and BOOL have no mean and no percentiles, the mean of a RATIO is sum of numerators / sum of denominators,
 * a DISTRIBUTION is judged by the samples of its runs and counts them. Others have nearest-rank percentiles of their values.
 */
export function summarise(kind: MetricKind, content: BucketContent): BucketStatistics {
  const numbers = kind === MetricKind.DISTRIBUTION && content.samples && content.samples.length > 0 ? content.samples : content.values;
  const ascending = sorted(numbers);
  const first = ascending.at(0) ?? null;
  const last = ascending.at(-1) ?? null;
  const bounds = { count: ascending.length, min: first, max: last };
  if (kind === MetricKind.CODE || kind === MetricKind.BOOL) return { ...bounds, avg: null, ...NO_PERCENTILES };
  return { ...bounds, avg: meanOf(kind, ascending, content), ...percentiles(ascending) };
}

function percentiles(ascending: readonly number[]): Omit<BucketStatistics, 'count' | 'min' | 'avg' | 'max'> {
  const at = (share: number): number | null => percentileOfSorted(ascending, share) ?? null;
  return { p5: at(0.05), p25: at(0.25), p50: at(0.5), p75: at(0.75), p95: at(0.95), p99: at(0.99) };
}

function meanOf(kind: MetricKind, numbers: readonly number[], content: BucketContent): number | null {
  if (numbers.length === 0) return null;
  if (kind === MetricKind.RATIO && content.weights) return weightedMean(content.values, content.weights);
  return roundSignificant(numbers.reduce((sum, number) => sum + number, 0) / numbers.length);
}

/** sum(value x denominator) / sum(denominator): the ratio of the sums, whether the ratio counts its numerator or what it lacks of the denominator. */
function weightedMean(values: readonly number[], weights: readonly number[]): number | null {
  let sum = 0;
  let total = 0;
  for (const [index, value] of values.entries()) {
    const weight = weights[index] ?? 0;
    sum += value * weight;
    total += weight;
  }
  return total === 0 ? null : roundSignificant(sum / total);
}
