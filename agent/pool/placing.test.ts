import { describe, expect, it } from 'vitest';
import { widthFor, workerOf } from './placing.js';

describe('how many workers are used', () => {
  it('is one for what one can serve, and all that there are for what needs them', () => {
    expect([0, 1, 100].map((assignments) => widthFor(assignments, 4))).toEqual([1, 1, 1]);
    expect([101, 250, 5000].map((assignments) => widthFor(assignments, 4))).toEqual([2, 3, 4]);
  });

  it('is never more than there are', () => {
    expect(widthFor(5000, 1)).toBe(1);
  });
});

describe('which worker measures an assignment', () => {
  const seeds = Array.from({ length: 1000 }, (_, index) => `test-${index}`);
  const nobody = (workers: number): boolean[] => new Array<boolean>(workers).fill(false);

  it('is each of those used for about as many assignments, and no other', () => {
    const counts = [0, 0, 0, 0];
    for (const seed of seeds) counts[workerOf(seed, 3, nobody(4))] = (counts[workerOf(seed, 3, nobody(4))] ?? 0) + 1;
    expect(counts[3]).toBe(0);
    for (const count of counts.slice(0, 3)) expect(count).toBeGreaterThan(250);
  });

  it('is another one while it is held up, and it again where all are', () => {
    expect(workerOf('seed', 1, nobody(3))).toBe(0);
    expect(workerOf('seed', 1, [true, false, false])).toBe(1);
    expect(workerOf('seed', 1, [true, true, false])).toBe(2);
    expect(workerOf('seed', 1, [true, true, true])).toBe(0);
    expect(workerOf('seed', 1, [true])).toBe(0);
  });
});
