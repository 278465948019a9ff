import { describe, expect, it } from 'vitest';
import { barDataset, brokenLine, isolatedRadius, lossTicks, smokeDatasets } from './datasets.js';
import type { GapSpan, LiveSeries, Point } from './series.js';
import { point, seriesOf } from './testing/series.js';

const at = (time: number, values: Partial<Point> = {}): Point => point(time, { avg: 3.2, ...values });
const series = (points: Point[]): LiveSeries => seriesOf(points, 5);

const gap: GapSpan = { from: 10, to: 40, cause: 'AGENT_OFFLINE', missing: 5 };

describe('a line over time', () => {
  it('is broken at a gap, never drawn across it', () => {
    const line = brokenLine([at(5), at(10), at(40), at(45)], [gap], (point) => point.p50);
    expect(line.map(({ x, y }) => [x, Number.isNaN(y) ? null : y])).toEqual([[5, 3], [10, 3], [39, null], [40, 3], [45, 3]]); // prettier-ignore
  });

  it('is broken also where the bucket after a gap began before the gap had ended', () => {
    const late = { ...gap, to: 43 };
    expect(brokenLine([at(10), at(40)], [late], (point) => point.p50).map(({ y }) => Number.isNaN(y))).toEqual([false, true, false]);
  });

  it('shows a lonely point as a dot', () => {
    expect(isolatedRadius([{ x: 1, y: 1 }, { x: 2, y: Number.NaN }, { x: 3, y: 1 }, { x: 4, y: 1 }])).toEqual([2.5, 0, 0, 0]); // prettier-ignore
  });
});

describe('a smoke chart', () => {
  it('has the bands p5 to p95 and p25 to p75 under the median', () => {
    const datasets = smokeDatasets(series([at(5), at(10)]), [], '#0072B2', 'berlin');
    expect(datasets.map(({ label }) => label)).toEqual(['p5', 'p95', 'p25', 'p75', 'berlin']);
    expect(datasets.map(({ data }) => data[0]?.y)).toEqual([1, 8, 2, 4, 3]);
    expect(datasets.map(({ fill }) => fill)).toEqual([false, '-1', false, '-1', false]);
  });

  it('has no smoke where there are no percentiles', () => {
    const datasets = smokeDatasets(series([at(5, { p5: null, p25: null, p75: null, p95: null })]), [], '#0072B2', 'berlin');
    expect(datasets.map(({ label }) => label)).toEqual(['berlin']);
  });
});

describe('bars and ticks', () => {
  it('leave out what was not measured instead of drawing 0', () => {
    const bars = barDataset(series([at(5, { avg: 2 }), at(10, { avg: null, p50: null, max: null })]), '#000000', 'SYN');
    expect(bars.data).toEqual([{ x: 5, y: 2 }]);
  });

  it('show loss only where there was some', () => {
    expect(lossTicks(series([at(5, { avg: 0 }), at(10, { avg: 5 })]))).toEqual([{ at: 10, percent: 5 }]);
    expect(lossTicks(undefined)).toEqual([]);
  });
});
