import { describe, expect, it } from 'vitest';
import { chooseReading, MOST_RESULTS, type ReadingInput } from './reading.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = 20_000 * DAY;

/** What is read of the last `hours` of a test, as "levels @ step". */
function reading(hours: number, intervalSeconds: number, overrides: Partial<ReadingInput> = {}): string {
  const from = NOW - hours * HOUR;
  const results = Math.min((hours * 3600) / intervalSeconds, MOST_RESULTS + 1);
  const input = { from, to: NOW, maxPoints: 500, intervalSeconds, results, keptSince: () => 0, ...overrides };
  const { levels, range } = chooseReading(input);
  return `${levels.map(({ name }) => name).join(' ') || 'raw'} @ ${range.stepMs / 1000}`;
}

describe('what a range is read from', () => {
  it('is raw results while they are few', () => {
    expect(reading(0.25, 1)).toBe('raw @ 2');
    expect(reading(1, 1)).toBe('raw @ 10');
    expect(reading(8, 30)).toBe('raw @ 60');
  });

  it('is a level where results would be too many, with a coarser step if need be', () => {
    expect(reading(2, 1)).toBe('minute @ 60');
    expect(reading(24, 1)).toBe('minute @ 300');
    expect(reading(41, 30)).toBe('raw @ 300');
    expect(reading(72, 30)).toBe('hour @ 3600');
    expect(reading(278, 1)).toBe('hour minute @ 3600');
    expect(reading(365 * 24, 30)).toBe('day hour @ 86400');
  });

  it('is never more than the points that were asked for, nor too many rows', () => {
    for (const interval of [0.2, 1, 5, 30, 300, 7200, 100_000]) {
      for (const hours of [1, 7, 30, 200, 1000, 9000, 90_000]) {
        for (const maxPoints of [2, 60, 500, 5000]) {
          const from = NOW - hours * HOUR;
          const results = Math.min((hours * 3600) / interval, MOST_RESULTS + 1);
          const { range, levels } = chooseReading({ from, to: NOW, maxPoints, intervalSeconds: interval, results, keptSince: () => 0 });
          expect((NOW - from) / range.stepMs).toBeLessThanOrEqual(maxPoints);
          expect(range.stepMs).toBeGreaterThanOrEqual(interval * 1000);
          for (const { ms } of levels) expect(range.stepMs % ms).toBe(0);
          if (levels[0]) expect((NOW - from) / levels[0].ms).toBeLessThanOrEqual(4000);
          else expect(results).toBeLessThanOrEqual(MOST_RESULTS);
        }
      }
    }
  });

  it('is a coarser level where the finer ones are not kept so long', () => {
    const keptSince: ReadingInput['keptSince'] = (level) => NOW - (level === undefined ? 90 : level.name === 'minute' ? 400 : 4000) * DAY;
    const old = { from: NOW - 100 * DAY, to: NOW - 100 * DAY + HOUR, results: 0, keptSince };
    expect(reading(0, 1, old)).toBe('minute @ 60');
    expect(reading(0, 1, { ...old, from: NOW - 500 * DAY, to: NOW - 500 * DAY + HOUR })).toBe('hour minute @ 3600');
  });

  it('is never all results of a long interval that was a short one before', () => {
    expect(reading(365 * 24, 10_800, { results: Infinity })).toBe('day @ 86400');
    expect(reading(30 * 24, 30 * 86_400, { results: Infinity })).toBe('day @ 2592000');
  });

  it('has whole buckets of the only level that knows of old results', () => {
    const keptSince: ReadingInput['keptSince'] = (level) => (level === undefined ? NOW - 90 * DAY : 0);
    const day = { id: 3, name: 'day', ms: DAY } as const;
    const old = { from: NOW - 100 * DAY, to: NOW - 98 * DAY, results: 0, keptSince };
    expect(reading(0, 5, old)).toBe('minute @ 600');
    expect(reading(0, 5, { ...old, onlyIn: day })).toBe('day hour minute @ 86400');
  });

  it('of one bucket is all of it', () => {
    expect(reading(1, 1, { maxPoints: 1 })).toBe('day hour minute @ 3600');
    expect(
      chooseReading({ from: NOW - HOUR - 1, to: NOW, maxPoints: 1, intervalSeconds: 30, results: 100, keptSince: () => 0 }).range,
    ).toEqual({
      ...{ from: NOW - HOUR - 1, to: NOW, origin: NOW - HOUR - 1, stepMs: 3_601_000 },
    });
  });
});
