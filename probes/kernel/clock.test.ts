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
