import { describe, expect, it } from 'vitest';
import { mean, median, percentileOfSorted, roundSignificant, sorted, standardDeviation, thinEvenly } from './stats.js';

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

describe('no samples', () => {
  it('have no statistic, and above all not 0', () => {
    expect([mean([]), median([]), standardDeviation([]), percentileOfSorted([], 0.5)]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('sorting', () => {
  it('goes by value, not by text, and leaves the samples as they were', () => {
    const samples = [10, 9, -1, 100];
    expect(sorted(samples)).toEqual([-1, 9, 10, 100]);
    expect(samples).toEqual([10, 9, -1, 100]);
  });
});

describe('percentiles', () => {
  // The examples of nearest rank in Hyndman and Fan's type 1: the smallest sample that the share of them does not exceed.
  it.each([
    [[15, 20, 35, 40, 50], 0.05, 15],
    [[15, 20, 35, 40, 50], 0.3, 20],
    [[15, 20, 35, 40, 50], 0.4, 20],
    [[15, 20, 35, 40, 50], 1, 50],
    [upTo(20), 0.95, 19],
    [upTo(19), 0.95, 19],
    [upTo(100), 0.99, 99],
    [upTo(100), 0.07, 7],
    [[7], 0, 7],
  ])('of %j at %f is %f', (samples, share, expected) => {
    expect(percentileOfSorted(samples, share)).toBe(expected);
  });

  it('are always one of the samples, and never fall as the share grows', () => {
    const samples = sorted([3.5, 1.25, 9, 9, 2, 8.125, 4]);
    const found = upTo(100).map((percent) => percentileOfSorted(samples, percent / 100) ?? Number.NaN);
    expect(found.every((value) => samples.includes(value))).toBe(true);
    expect(found).toEqual(sorted(found));
  });
});

describe('the median', () => {
  it('is the middle sample, or the mean of the two', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });
});

describe('mean and standard deviation', () => {
  it('are those of the samples themselves, as ping(8) prints them', () => {
    const samples = [2, 4, 4, 4, 5, 5, 7, 9];
    expect([mean(samples), standardDeviation(samples)]).toEqual([5, 2]);
    expect(standardDeviation([3])).toBe(0);
  });
});

describe('rounding', () => {
  it('keeps six digits of a fraction and all of a whole number', () => {
    expect([0.0123456789, 1234.56789, 123456789, -0.5].map((value) => roundSignificant(value))).toEqual([
      0.0123457, 1234.57, 123456789, -0.5,
    ]);
  });

  it('gives the nearest number of that many digits, however large or small, and nothing else for what is no number', () => {
    for (let exponent = -30; exponent <= 30; exponent += 1) {
      for (const lead of [1.0000001, 2.345678901, 9.99999499, 9.9999999]) {
        const value = lead * 10 ** exponent;
        expect(roundSignificant(value)).toBe(Number.isInteger(value) ? value : Number(value.toPrecision(6)));
        expect(roundSignificant(-value)).toBe(-roundSignificant(value));
      }
    }
    expect([NaN, Infinity, -Infinity].map((value) => roundSignificant(value))).toEqual([NaN, Infinity, -Infinity]);
  });
});

describe('thinning', () => {
  it('leaves few samples as they are, in a list of its own', () => {
    const samples = [1, 2, 3];
    expect(thinEvenly(samples, 3)).toEqual(samples);
    expect(thinEvenly(samples, 3)).not.toBe(samples);
  });

  it('takes samples at even distances, the first and the last among them', () => {
    expect(thinEvenly(upTo(9), 3)).toEqual([1, 5, 9]);
    const thinned = thinEvenly(upTo(1000), 64);
    expect(thinned).toHaveLength(64);
    expect([thinned[0], thinned[63]]).toEqual([1, 1000]);
    const steps = thinned.slice(1).map((value, index) => value - (thinned[index] ?? 0));
    expect(Math.max(...steps) - Math.min(...steps)).toBeLessThanOrEqual(1);
  });
});
