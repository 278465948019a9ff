import { describe, expect, it } from 'vitest';
import { pauseAfter } from './heartbeat.js';

describe('the pause after a heartbeat', () => {
  it('is short at first, so that the clock offset is known early', () => {
    expect([1, 2, 3].map((beats) => pauseAfter(beats, 5))).toEqual([250, 250, 250]);
  });

  it('is then what the server wants', () => {
    expect([5, 6, 1000].map((beats) => pauseAfter(beats, 5))).toEqual([5000, 5000, 5000]);
  });

  it('leads in between to any moment of the period: agents that came together do not beat together', () => {
    const pauses = Array.from({ length: 1000 }, () => pauseAfter(4, 5));
    const inEachSecond = [0, 1, 2, 3, 4].map((second) => pauses.filter((ms) => Math.floor(ms / 1000) === second).length);
    expect(inEachSecond.reduce((one, other) => one + other)).toBe(1000);
    expect(Math.min(...inEachSecond)).toBeGreaterThan(100);
  });
});
