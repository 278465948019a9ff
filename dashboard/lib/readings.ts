import { durationText, measureText } from './format.js';
import { GAP_WORDS, gapAt } from './gaps.js';
import { middle, nearestPoint, type GapSpan, type LiveSeries, type Point } from './series.js';

/** A figure older than so many steps is no longer the latest: something has stopped. */
const LATE_STEPS = 5;

/** The point that a chart reads out: under the cross-hair where there is one, else the newest, unless that is older than results may be at `until`. */
export function pointAt(series: LiveSeries, at: number | null, step: number, until: number): Point | null {
  if (at !== null) return nearestPoint(series.points, at, step);
  const last = series.points.at(-1);
  return last && until - last.at <= step * LATE_STEPS ? last : null;
}

/** How a bucket's figure came about, for hover. */
export function provenance(series: LiveSeries, point: Point): string {
  const span = series.resolutionMs > 0 ? ` in ${durationText(series.resolutionMs / 1000)}` : '';
  const statistic = point.p50 !== null ? 'median' : point.avg !== null ? 'mean' : 'largest';
  return point.count === 1 ? `one result${span}` : `${statistic} of ${point.count} samples${span}`;
}

/** A figure with its unit, or a dash where the bucket has none. */
export function figure(value: number | null | undefined, unit: string): string {
  return value === null || value === undefined ? '–' : measureText(value, unit);
}

/** "p5–p95 0.150–0.250 ms", or null where the bucket has no percentiles. */
export function spread(point: Point, unit: string): string | null {
  return point.p5 === null || point.p95 === null ? null : `${measureText(point.p5, unit)} – ${measureText(point.p95, unit)}`;
}

/** Why there is no figure under the cross-hair; undefined when there is one, or when nothing is known. */
export function gapNote(gaps: readonly GapSpan[], at: number | null): string | undefined {
  const gap = at === null ? null : gapAt(gaps, at);
  if (!gap) return undefined;
  return `No data: ${GAP_WORDS[gap.cause]} (${gap.missing} ${gap.missing === 1 ? 'result' : 'results'} missing)`;
}

/** The number of buckets that a chart draws, and the last figure. */
export function drawn(series: readonly LiveSeries[]): { points: number; last: number | null } {
  const points = series.reduce((sum, each) => sum + each.points.filter((point) => middle(point) !== null).length, 0);
  const newest = series.flatMap((each) => each.points.at(-1) ?? []).sort((a, b) => b.at - a.at)[0];
  return { points, last: newest ? middle(newest) : null };
}
