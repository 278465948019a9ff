import { describe, expect, it } from 'vitest';
import { restMs, Rests } from './rest.js';

describe('rests between rollups', () => {
  it('are not made while the event loop has time', () => {
    expect(restMs({ tookMs: 100, utilization: 0.5, lateMs: 0 })).toBe(0);
  });

  it('leave two thirds of a busy event loop to others, a few seconds at a time', () => {
    expect(restMs({ tookMs: 100, utilization: 1, lateMs: 0 })).toBe(200);
    expect(restMs({ tookMs: 10_000, utilization: 1, lateMs: 0 })).toBe(2000);
  });

  it('end where the work is late: a server that is always busy does it all the same', () => {
    expect(restMs({ tookMs: 100, utilization: 1, lateMs: 60_001 })).toBe(0);
  });

  it('end with the signal', async () => {
    const rests = new Rests();
    for (const until = performance.now() + 20; performance.now() < until;);
    const stopping = new AbortController();
    const resting = rests.after(0, stopping.signal);
    stopping.abort();
    await expect(resting).resolves.toBeUndefined();
  });
});
