import { describe, expect, it } from 'vitest';
import { MAX_POINTS, mergePoints, mergeTail, middle, nearestPoint, tailStart, type LiveSeries, type Point } from './series.js';

const point = (at: number, p50 = at): Point => ({
  at,
  count: 1,
  min: null,
  avg: null,
  max: null,
  p5: null,
  p25: null,
  p50,
  p75: null,
  p95: null,
});

const series = (key: string, points: Point[], gaps: LiveSeries['gaps'] = []): LiveSeries => ({
  key,
  pair: 'a>t',
  metric: 'ping.rtt',
  unit: 'ms',
  agent: { id: 'a', name: 'a' },
  target: { id: 't', address: 't' },
  resolutionMs: 5,
  points,
  gaps,
});

const times = (points: readonly Point[]): number[] => points.map(({ at }) => at);

describe('merging of live points', () => {
  it('appends what is new and keeps the newer answer for a bucket that grew', () => {
    const merged = mergePoints([point(10), point(20, 1)], [point(20, 2), point(30)], 0);
    expect(times(merged)).toEqual([10, 20, 30]);
    expect(merged[1]?.p50).toBe(2);
  });

  it('puts late results where they belong', () => {
    expect(times(mergePoints([point(10), point(30)], [point(20)], 0))).toEqual([10, 20, 30]);
  });

  it('forgets what has left the window', () => {
    expect(times(mergePoints([point(10), point(20)], [point(30)], 15))).toEqual([20, 30]);
    expect(mergePoints([point(10)], [], 15)).toEqual([]);
  });

  it('keeps memory bounded however long the page is open', () => {
    const old = Array.from({ length: MAX_POINTS }, (_, index) => point(index));
    const merged = mergePoints(old, [point(MAX_POINTS)], 0);
    expect(merged).toHaveLength(MAX_POINTS);
    expect(merged.at(-1)?.at).toBe(MAX_POINTS);
  });
});

describe('the tail of a page of series', () => {
  it('begins at the newest bucket of the series that is furthest behind', () => {
    expect(tailStart([series('a', [point(10), point(20)]), series('b', [point(10)]), series('c', [])])).toBe(10);
    expect(tailStart([series('c', [])])).toBeNull();
  });

  it('brings series that were not there before, and replaces gaps that grew', () => {
    const gap = { from: 20, to: 40, cause: 'AGENT_OFFLINE', missing: 4 } as const;
    const longer = { ...gap, to: 60, missing: 8 };
    const merged = mergeTail([series('a', [point(10)], [gap])], [series('a', [point(60)], [longer]), series('b', [point(60)])], 10, 0);
    expect(merged.map(({ key }) => key)).toEqual(['a', 'b']);
    expect(merged[0]?.gaps).toEqual([longer]);
  });
});

describe('reading a series', () => {
  it('shows the median, else the mean', () => {
    expect(middle({ ...point(1), p50: null, avg: 7 })).toBe(7);
    expect(middle({ ...point(1), avg: 7 })).toBe(1);
  });

  it('finds the point under the cross-hair, and none where there was no result', () => {
    const points = [point(10), point(20), point(90)];
    expect(nearestPoint(points, 17, 5)?.at).toBe(20);
    expect(nearestPoint(points, 50, 5)).toBeNull();
    expect(nearestPoint([], 50, 5)).toBeNull();
  });
});
