import { describe, expect, it } from 'vitest';
import { DEFAULT_RANGE, drawnWindow, parseRange, rangeQuery, windowOf } from './range.js';

describe('the range in the URL', () => {
  it('is the last 15 minutes when nothing is said, or nothing sensible', () => {
    expect(parseRange({})).toEqual(DEFAULT_RANGE);
    expect(parseRange({ range: 'toString' })).toEqual(DEFAULT_RANGE);
    expect(parseRange({ from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' })).toEqual(DEFAULT_RANGE);
  });

  it('survives the way into the URL and back', () => {
    const zoomed = { kind: 'fixed', from: Date.UTC(2026, 0, 1), to: Date.UTC(2026, 0, 2) } as const;
    expect(parseRange(rangeQuery(zoomed))).toEqual(zoomed);
    expect(parseRange(rangeQuery({ kind: 'live', preset: '24h' }))).toEqual({ kind: 'live', preset: '24h' });
  });

  it('moves with the clock when live and stands still when not', () => {
    expect(windowOf({ kind: 'live', preset: '1h' }, 10_000_000)).toEqual({ from: 6_400_000, to: 10_000_000 });
    expect(windowOf({ kind: 'fixed', from: 1, to: 2 }, 10_000_000)).toEqual({ from: 1, to: 2 });
  });
});

describe('the stretch that is drawn', () => {
  const MINUTE = 60_000;
  const now = 100 * MINUTE;

  it('begins with a young test, so that its first minutes are not a sliver at the edge', () => {
    expect(drawnWindow(DEFAULT_RANGE, now - 5 * MINUTE, now)).toEqual({ from: now - 5 * MINUTE - 5000, to: now });
    expect(drawnWindow(DEFAULT_RANGE, now - 1000, now)).toEqual({ from: now - 2 * MINUTE, to: now });
  });

  it('is the whole range of an older test, of one that has not begun, and wherever a person chose the range', () => {
    const whole = { from: now - 15 * MINUTE, to: now };
    expect(drawnWindow(DEFAULT_RANGE, now - 60 * MINUTE, now)).toEqual(whole);
    expect(drawnWindow(DEFAULT_RANGE, null, now)).toEqual(whole);
    expect(drawnWindow({ kind: 'live', preset: '1h' }, now - MINUTE, now)).toEqual({ from: now - 60 * MINUTE, to: now });
    expect(drawnWindow({ kind: 'fixed', from: 1, to: 2 }, now - MINUTE, now)).toEqual({ from: 1, to: 2 });
  });
});
