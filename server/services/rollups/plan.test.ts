import { describe, expect, it } from 'vitest';
import { LEVELS, levelsFor, type Level } from './levels.js';
import { planRead, type PlanInput } from './plan.js';
import type { Stretch } from './stretches.js';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const MINUTE = 60_000;
const COARSE_FIRST = [...LEVELS].reverse();

const plan = (input: Partial<PlanInput> & Stretch): string[] =>
  planRead({ levels: COARSE_FIRST, unavailable: () => [], keptSince: () => 0, ...input }).map(
    ({ level, from, to }) => `${level?.name ?? 'raw'} ${from / MINUTE}-${to / MINUTE}`,
  );

describe('a range', () => {
  it('is read from whole buckets, and its edges from what is finer', () => {
    expect(plan({ from: 0, to: 2 * DAY })).toEqual(['day 0-2880']);
    expect(plan({ from: 90 * MINUTE + 30_000, to: 2 * DAY + 61.5 * MINUTE })).toEqual([
      ...['raw 90.5-91', 'minute 91-120', 'hour 120-1440', 'day 1440-2880', 'hour 2880-2940', 'minute 2940-2941', 'raw 2941-2941.5'],
    ]);
    expect(plan({ from: 10 * MINUTE, to: 20 * MINUTE })).toEqual(['minute 10-20']);
    expect(plan({ from: 10_000, to: 50_000 })).toEqual([`raw ${10_000 / MINUTE}-${50_000 / MINUTE}`]);
  });

  it('is read from what is finer where buckets are not rolled up yet', () => {
    const dirty = (level: Level): Stretch[] => [
      { from: 190 * MINUTE, to: 191 * MINUTE },
      ...(level.ms >= HOUR ? [{ from: 5 * HOUR, to: 6 * HOUR }] : []),
    ];
    expect(plan({ from: 0, to: 12 * HOUR, unavailable: dirty })).toEqual([
      ...['hour 0-180', 'minute 180-190', 'raw 190-191', 'minute 191-240', 'hour 240-300', 'minute 300-360', 'hour 360-720'],
    ]);
  });

  it('takes whole buckets at its edges where nothing finer is kept any more', () => {
    const keptSince = (level: Level | undefined): number => (level === undefined || level.name === 'minute' ? DAY : 0);
    expect(plan({ from: 90 * MINUTE, to: 5.5 * HOUR, keptSince })).toEqual(['hour 60-360']);
    expect(plan({ from: DAY + 90 * MINUTE, to: DAY + 2 * HOUR, keptSince })).toEqual(['minute 1530-1560']);
  });

  it('without levels is raw', () => {
    expect(plan({ from: 0, to: DAY, levels: [] })).toEqual(['raw 0-1440']);
  });
});

describe('the levels of a test', () => {
  it('are those of at least ten intervals, and always the day', () => {
    const names = (seconds: number): string[] => levelsFor(seconds * 1000).map(({ name }) => name);
    expect(names(6)).toEqual(['minute', 'hour', 'day']);
    expect(names(7)).toEqual(['hour', 'day']);
    expect(names(3600)).toEqual(['day']);
    expect(names(86_400)).toEqual(['day']);
  });
});
