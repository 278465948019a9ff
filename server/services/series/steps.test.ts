import { describe, expect, it } from 'vitest';
import { stepsFor } from './steps.js';

const HOUR = 3_600_000;

/** The finest width. */
const resolutionFor = (...args: Parameters<typeof stepsFor>): number => stepsFor(...args).next().value;

describe('the resolution of a series', () => {
  it.each([
    [HOUR, 500, 1, 10],
    [24 * HOUR, 500, 5, 300],
    [30 * 24 * HOUR, 500, 5, 7200],
    [HOUR, 3601, 0.1, 1],
    [60_000, 500, 45, 60],
  ])('for %d ms in %d points at an interval of %d s is %d s', (range, points, interval, expected) => {
    expect(resolutionFor(range, points, interval)).toBe(expected);
  });

  it('keeps a range of any length within its points', () => {
    for (const days of [0.01, 1, 40, 400, 40_000]) {
      for (const points of [2, 3, 100, 5000]) {
        const step = resolutionFor(days * 24 * HOUR, points, 1);
        expect(Math.ceil((days * 24 * HOUR) / (step * 1000)) + 1).toBeLessThanOrEqual(points);
      }
    }
  });

  it('is never finer than the interval, however long that is', () => {
    for (const interval of [1, 7, 3600, 40 * 86_400]) expect(resolutionFor(HOUR, 500, interval)).toBeGreaterThanOrEqual(interval);
  });
});
