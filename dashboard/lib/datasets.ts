import type { ChartDataset } from 'chart.js';
import { translucent } from './okabe-ito.js';
import { middle, type GapSpan, type LiveSeries, type Point } from './series.js';

/** What Chart.js draws: time in milliseconds and value; NaN breaks the line. */
export interface XY {
  readonly x: number;
  readonly y: number;
}

export type LineData = ChartDataset<'line', XY[]>;
export type BarData = ChartDataset<'bar', XY[]>;

/**
 * A statistic of each bucket, broken wherever a gap lies between two points: a gap is never bridged. The middle of the gap decides, since its ends are exact
 * times where buckets are rounded ones.
 */
export function brokenLine(points: readonly Point[], gaps: readonly GapSpan[], value: (point: Point) => number | null): XY[] {
  const middles = gaps.map((gap) => (gap.from + gap.to) / 2);
  const line: XY[] = [];
  let next = 0;
  for (const point of points) {
    const first = next;
    while ((middles[next] ?? Infinity) <= point.at) next++;
    if (next > first && line.length > 0) line.push({ x: point.at - 1, y: Number.NaN });
    line.push({ x: point.at, y: value(point) ?? Number.NaN });
  }
  return line;
}

const INVISIBLE = { borderWidth: 0, pointRadius: 0, pointHitRadius: 0, pointHoverRadius: 0 } as const;

function band(points: readonly Point[], gaps: readonly GapSpan[], low: keyof Point, high: keyof Point, fill: string): LineData[] {
  const edge = (statistic: keyof Point): XY[] => brokenLine(points, gaps, (point) => point[statistic]);
  return [
    { ...INVISIBLE, label: low, data: edge(low), fill: false, order: 3 },
    { ...INVISIBLE, label: high, data: edge(high), fill: '-1', backgroundColor: fill, order: 3 },
  ];
}

/** A point between two gaps has no line to either side: it is drawn as a dot, so that it is not lost. */
export function isolatedRadius(line: readonly XY[]): number[] {
  const drawn = (index: number): boolean => Number.isFinite(line[index]?.y ?? Number.NaN);
  return line.map((_, index) => (drawn(index) && !drawn(index - 1) && !drawn(index + 1) ? 2.5 : 0));
}

/** The line of a series' middle value. */
export function lineDataset(series: LiveSeries, gaps: readonly GapSpan[], colour: string, label: string): LineData {
  const data = brokenLine(series.points, gaps, middle);
  return {
    label,
    data,
    borderColor: colour,
    backgroundColor: colour,
    borderWidth: 1.75,
    pointRadius: isolatedRadius(data),
    pointHitRadius: 0,
    fill: false,
    order: 1,
  };
}

/**
 * A smoke chart of one series: p5 to p95 pale, p25 to p75 stronger, the median as a line over both. Buckets whose percentiles don't exist have no smoke.
 */
export function smokeDatasets(series: LiveSeries, gaps: readonly GapSpan[], colour: string, label: string): LineData[] {
  const { points } = series;
  const hasBands = points.some((point) => point.p95 !== null && point.p5 !== null && point.p95 > point.p5);
  const bands = hasBands
    ? [...band(points, gaps, 'p5', 'p95', translucent(colour, 0.16)), ...band(points, gaps, 'p25', 'p75', translucent(colour, 0.28))]
    : [];
  return [...bands, lineDataset(series, gaps, colour, label)];
}

/** One part of a stacked bar over time; buckets without it have no part. */
export function barDataset(series: LiveSeries, colour: string, label: string): BarData {
  const data = series.points.flatMap((point) => {
    const y = point.avg ?? middle(point);
    return y === null ? [] : [{ x: point.at, y }];
  });
  return {
    label,
    data,
    backgroundColor: colour,
    borderWidth: 0,
    stack: 'parts',
    categoryPercentage: 1,
    barPercentage: 0.82,
    maxBarThickness: 14,
    minBarLength: 1,
  };
}

/** A tick beneath a chart: a bucket in which packets were lost, and what share of them, 0 to 100. */
export interface LossTick {
  readonly at: number;
  readonly percent: number;
}

/** The buckets of a loss series in which something was lost. */
export function lossTicks(loss: LiveSeries | undefined): LossTick[] {
  return (loss?.points ?? []).flatMap((point) => {
    const percent = point.avg ?? middle(point);
    return percent !== null && percent > 0 ? [{ at: point.at, percent }] : [];
  });
}
