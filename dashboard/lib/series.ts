import type { GapCause, SeriesRangeQuery } from '../graphql/generated.js';

type WireSeries = SeriesRangeQuery['series'][number];
type WirePoint = WireSeries['points'][number];

/** One bucket of a series, its time in milliseconds. A statistic that does not exist is null. */
export interface Point {
  readonly at: number;
  readonly count: number;
  readonly min: number | null;
  readonly avg: number | null;
  readonly max: number | null;
  readonly p5: number | null;
  readonly p25: number | null;
  readonly p50: number | null;
  readonly p75: number | null;
  readonly p95: number | null;
}

/** A stretch without results, and why. */
export interface GapSpan {
  readonly from: number;
  readonly to: number;
  readonly cause: GapCause;
  readonly missing: number;
}

/** One metric between one agent and one target, over time. */
export interface LiveSeries {
  readonly key: string;
  readonly pair: string;
  readonly metric: string;
  readonly unit: string;
  readonly agent: { readonly id: string; readonly name: string };
  readonly target: { readonly id: string; readonly address: string };
  readonly resolutionMs: number;
  readonly points: readonly Point[];
  readonly gaps: readonly GapSpan[];
}

/** The most points that a series keeps in the browser, however long the page stays open. */
export const MAX_POINTS = 3000;

/** The name of an agent and target together, the same for all of their metrics. */
export function pairKey(agentId: string, targetId: string): string {
  return `${agentId}>${targetId}`;
}

function toPoint(point: WirePoint): Point {
  const { at, count, min, avg, max, p5, p25, p50, p75, p95 } = point;
  const or = (value: number | null | undefined): number | null => value ?? null;
  return {
    at: Date.parse(at),
    count,
    min: or(min),
    avg: or(avg),
    max: or(max),
    p5: or(p5),
    p25: or(p25),
    p50: or(p50),
    p75: or(p75),
    p95: or(p95),
  };
}

/** A series as the server sends it, with times as numbers. */
export function fromWire(series: WireSeries): LiveSeries {
  const { agent, target, metric } = series;
  const pair = pairKey(agent.id, target.id);
  return {
    key: `${metric.id} ${pair}`,
    pair,
    metric: metric.id,
    unit: metric.unit,
    agent,
    target,
    resolutionMs: series.resolutionSeconds * 1000,
    points: series.points.map(toPoint),
    gaps: series.gaps.map((gap) => ({ from: Date.parse(gap.from), to: Date.parse(gap.to), cause: gap.cause, missing: gap.missingResults })),
  };
}

/**
 * Old points with newer ones over them: of two with the same time the newer answer holds, since a bucket may have grown. In the order of time; what is older
 * than `from` falls off, and so do the oldest beyond {@link MAX_POINTS}.
 */
export function mergePoints(old: readonly Point[], newer: readonly Point[], from: number): Point[] {
  const first = newer[0]?.at ?? Infinity;
  const kept = old.filter((point) => point.at < first);
  const overlap = new Map(old.slice(kept.length).map((point) => [point.at, point]));
  for (const point of newer) overlap.set(point.at, point);
  const merged = [...kept, ...[...overlap.values()].sort((a, b) => a.at - b.at)];
  const start = merged.findIndex((point) => point.at >= from);
  return start < 0 ? [] : merged.slice(Math.max(start, merged.length - MAX_POINTS));
}

function mergeGaps(old: readonly GapSpan[], newer: readonly GapSpan[], tailFrom: number, from: number): GapSpan[] {
  return [...old.filter((gap) => gap.to <= tailFrom), ...newer].filter((gap) => gap.to > from);
}

/** All series with the answer for their tail (everything since `tailFrom`) laid over them; series that are new are added. */
export function mergeTail(old: readonly LiveSeries[], tail: readonly LiveSeries[], tailFrom: number, from: number): LiveSeries[] {
  const tails = new Map(tail.map((series) => [series.key, series]));
  const merged = old.map((series) => {
    const newer = tails.get(series.key);
    tails.delete(series.key);
    return newer
      ? { ...series, points: mergePoints(series.points, newer.points, from), gaps: mergeGaps(series.gaps, newer.gaps, tailFrom, from) }
      : series;
  });
  return [...merged, ...tails.values()];
}

/** Where the tail begins that must be asked for again: the newest bucket of the series that is furthest behind, which may still grow. */
export function tailStart(all: readonly LiveSeries[]): number | null {
  const ends = all.flatMap((series) => series.points.at(-1)?.at ?? []);
  return ends.length === 0 ? null : Math.min(...ends);
}

/** The number that a line shows for a bucket: the median where there is one, else the mean, else the largest. */
export function middle(point: Point): number | null {
  return point.p50 ?? point.avg ?? point.max;
}

/** The point that stands for the moment `at`: the nearest, no further than `reach` milliseconds away. */
export function nearestPoint(points: readonly Point[], at: number, reach: number): Point | null {
  let low = 0;
  let high = points.length - 1;
  while (low < high) {
    const mid = (low + high) >> 1;
    if ((points[mid]?.at ?? 0) < at) low = mid + 1;
    else high = mid;
  }
  const near = [points[low - 1], points[low]].filter((point) => point !== undefined);
  const [best] = near.sort((a, b) => Math.abs(a.at - at) - Math.abs(b.at - at));
  return best && Math.abs(best.at - at) <= reach ? best : null;
}
