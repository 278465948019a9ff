import { describe, expect, it } from 'vitest';
import { pauseAfter } from './heartbeat.js';

describe('the pause after a heartbeat', () => {
  it('is short at first, so that the clock offset is known early', () => {
    expect([1, 2, 3].map((beats) => pauseAfter(beats, 5))).toEqual([250, 250, 250]);
  });

  it('is then what the server wants, a tenth more or less: who was answered together does not beat together the next time', () => {
    const pauses = Array.from({ length: 1000 }, (_, index) => pauseAfter(5 + index, 5));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(4500);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(5500);
    expect(new Set(pauses.map(Math.round)).size).toBeGreaterThan(300);
    expect(pauses.reduce((one, other) => one + other) / pauses.length).toBeCloseTo(5000, -2);
  });

  it('leads in between to any moment of the period: agents that came together do not beat together', () => {
    const pauses = Array.from({ length: 1000 }, () => pauseAfter(4, 5));
    const inEachSecond = [0, 1, 2, 3, 4].map((second) => pauses.filter((ms) => Math.floor(ms / 1000) === second).length);
    expect(inEachSecond.reduce((one, other) => one + other)).toBe(1000);
    expect(Math.min(...inEachSecond)).toBeGreaterThan(100);
  });
});
