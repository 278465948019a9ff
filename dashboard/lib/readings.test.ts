import { describe, expect, it } from 'vitest';
import { drawn, figure, gapNote, pointAt, provenance, spread } from './readings.js';
import type { LiveSeries, Point } from './series.js';
import { point, seriesOf } from './testing/series.js';

const at = point;
const series = (points: Point[]): LiveSeries => seriesOf(points, 5000);

const plain = (text: string | null): string => (text ?? '').replaceAll('\u00a0', ' ');

describe('what a chart reads out', () => {
  it('is the newest figure, or the one under the cross-hair', () => {
    const line = series([at(0), at(5000, { p50: 7 })]);
    expect(pointAt(line, null, 5000, 6000)?.p50).toBe(7);
    expect(pointAt(line, 1000, 5000, 6000)?.p50).toBe(3);
  });

  it('is never an old figure as if it were the latest', () => {
    expect(pointAt(series([at(0)]), null, 5000, 60_000)).toBeNull();
    expect(figure(null, 'ms')).toBe('–');
  });

  it('says how a figure came about', () => {
    expect(plain(provenance(series([]), at(0)))).toBe('median of 20 samples in 5 s');
    expect(plain(provenance(series([]), at(0, { p50: null, count: 3 })))).toBe('mean of 3 samples in 5 s');
    expect(plain(spread(at(0), 'ms'))).toBe('1 ms – 8 ms');
  });

  it('says why there is nothing', () => {
    const gaps = [{ from: 10, to: 20, cause: 'AGENT_OFFLINE', missing: 2 } as const];
    expect(gapNote(gaps, 15)).toBe('No data: the agent was offline (2 results missing)');
    expect(gapNote(gaps, 25)).toBeUndefined();
  });

  it('counts what is drawn, without what is empty', () => {
    expect(drawn([series([at(0), at(5000, { p50: null, avg: null, max: null })])])).toEqual({ points: 1, last: null });
  });
});
