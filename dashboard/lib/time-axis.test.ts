import { describe, expect, it } from 'vitest';
import { timeAxis } from './time-axis.js';

const MINUTE = 60_000;
const NOON = Date.UTC(2026, 0, 15, 12);

describe('the figures of a time axis', () => {
  it('stand at round times, however the range begins', () => {
    const { ticks } = timeAxis(NOON + 17_000, NOON + 17_000 + 15 * MINUTE, 8, 0);
    expect(ticks.map((tick) => (tick - NOON) / MINUTE)).toEqual([2, 4, 6, 8, 10, 12, 14]);
  });

  it('do not move while a live range moves on', () => {
    const before = timeAxis(NOON, NOON + 15 * MINUTE, 8, 0).ticks;
    const after = timeAxis(NOON + 1000, NOON + 15 * MINUTE + 1000, 8, 0).ticks;
    expect(before).toEqual(expect.arrayContaining([...after]));
  });

  it('are at most as many as there is room for', () => {
    for (const hours of [0.1, 1, 6, 24, 24 * 30])
      expect(timeAxis(NOON, NOON + hours * 60 * MINUTE, 8, 0).ticks.length).toBeLessThanOrEqual(9);
  });

  it('count days from midnight of the reader, not of Greenwich', () => {
    const { ticks } = timeAxis(NOON, NOON + 3 * 1440 * MINUTE, 4, 60 * MINUTE);
    expect(new Date(ticks[0] ?? 0).toISOString()).toBe('2026-01-15T23:00:00.000Z');
  });
});
