import { describe, expect, it } from 'vitest';
import { ClockWatch, realtimeMs, stampMs, stampToWallMs } from './clock.js';
import { kernelAvailability } from './libc.js';

const kernel = kernelAvailability();
const why = kernel.available ? '' : ` (skipped: ${kernel.reason})`;

describe('stamps', () => {
  it('keep differences of a microsecond, which milliseconds since 1970 in a double barely do', () => {
    const seconds = Math.floor(Date.now() / 1000);
    expect(stampMs(seconds, 500_001_000) - stampMs(seconds, 500_000_000)).toBeCloseTo(0.001, 8);
  });

  it('are found again on the wall clock', () => {
    expect(stampToWallMs(stampMs(1_800_000_000, 0))).toBe(1_800_000_000_000);
  });
});

describe('a watch of the clocks', () => {
  /** Looks, each after so many ms of the monotonic clock and with the wall clock moved by so many ms against it. */
  function looks(...moves: readonly (readonly [after: number, moved: number])[]): number[] {
    let [at, offset] = [0, 1e12];
    const watch = new ClockWatch(() => ({ at, offset }));
    return moves.map(([after, moved]) => {
      at += after;
      offset += moved;
      return watch.stepMs();
    });
  }

  it('tells a step of over 1 ms to either side, once', () => {
    expect(looks([10, 1.5], [10, 0], [10, -2000], [10, 0])).toEqual([1.5, 0, -2000, 0]);
  });

  it('takes a step of 1 ms and less for none', () => {
    expect(looks([10, 1], [10, -0.9])).toEqual([0, 0]);
  });

  it('takes the slewing of adjtime for none, however long it was not looked', () => {
    expect(looks([60_000, 30], [60_000, -30])).toEqual([0, 0]);
    expect(looks([60_000, 32])).toEqual([32]);
  });

  it('forgets what was before it is started again', () => {
    let offset = 0;
    const watch = new ClockWatch(() => ({ at: 0, offset }));
    offset = 50;
    watch.restart();
    expect(watch.stepMs()).toBe(0);
  });
});

describe.skipIf(!kernel.available)(`the clocks${why}`, () => {
  it('agree with Node’s', () => {
    const before = Date.now();
    const wall = stampToWallMs(realtimeMs());
    // Date.now() cuts to whole milliseconds.
    expect(wall).toBeGreaterThanOrEqual(before);
    expect(wall).toBeLessThan(Date.now() + 1);
  });

  it('show no step where nobody steps the wall clock', () => {
    const watch = new ClockWatch();
    expect(Array.from({ length: 1000 }, () => watch.stepMs()).filter((step) => step !== 0)).toEqual([]);
  });
});
