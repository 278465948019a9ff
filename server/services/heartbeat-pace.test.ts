import { describe, expect, it } from 'vitest';
import { paceOf } from './heartbeat-pace.js';

describe('the pace of heartbeats', () => {
  it('is what is set as long as there are few agents', () => {
    expect([0, 1, 1000].map((online) => paceOf(5, 12, online))).toEqual([5, 5, 5]);
  });

  it('slows down where there are many, and stays well below the silence of a stale agent', () => {
    expect(paceOf(5, 12, 1300)).toBeCloseTo(6.5);
    expect([5000, 1e6].map((online) => paceOf(5, 12, online))).toEqual([7.2, 7.2].map((seconds) => expect.closeTo(seconds)));
  });

  it('is never quicker than what is set', () => {
    expect(paceOf(11, 12, 5000)).toBe(11);
  });
});
