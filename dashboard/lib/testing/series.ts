import type { LiveSeries, Point } from '../series.js';

/** A point of a series at this time; what is not given has a likely value. */
export const point = (time: number, values: Partial<Point> = {}): Point => ({
  at: time,
  count: 20,
  min: 1,
  avg: 3,
  max: 9,
  p5: 1,
  p25: 2,
  p50: 3,
  p75: 4,
  p95: 8,
  ...values,
});

/** The series of one pair with these points. */
export const seriesOf = (points: Point[], resolutionMs: number): LiveSeries => ({
  key: 'k',
  pair: 'a>t',
  metric: 'ping.rtt',
  unit: 'ms',
  agent: { id: 'a', name: 'berlin' },
  target: { id: 't', address: 'example.org' },
  resolutionMs,
  points,
  gaps: [],
});
