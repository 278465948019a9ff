import { describe, expect, it } from 'vitest';
import { fuzzInProcess, fuzzSeed } from './testing/fuzz/in-process.js';

/** How much more there may be at the end than after a third: caches that fill, a database's pages, what the allocator keeps; no leak of 13,000 operations. */
const HEAP_GROWTH = 1.2;
const PROCESS_GROWTH = 1.3;

describe('20,000 malformed operations and payloads', () => {
  it('do no harm, and leave nothing behind', { timeout: 3_600_000 }, async () => {
    const seed = fuzzSeed();
    const { faults, errorsLogged, afterThird, atEnd } = await fuzzInProcess(20_000, seed);
    expect({ seed, faults, errorsLogged }).toEqual({ seed, faults: {}, errorsLogged: [] });
    expect(atEnd.heap).toBeLessThan(afterThird.heap * HEAP_GROWTH);
    expect(atEnd.rss).toBeLessThan(afterThird.rss * PROCESS_GROWTH);
  });
});
