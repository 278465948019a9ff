import { describe, expect, it } from 'vitest';
import { fuzzInProcess } from './testing/fuzz/in-process.js';

/** How much the heap may be larger at the end than after a third: caches that fill, a database's pages; no leak of 13,000 operations. */
const GROWTH = 1.3;

describe('20,000 malformed operations and payloads', () => {
  it('do no harm, and leave nothing behind', { timeout: 1_800_000 }, async () => {
    const report = await fuzzInProcess(20_000, Date.now() % 1_000_000);
    expect(report.faults).toEqual({});
    expect(report.errorsLogged).toEqual([]);
    expect(report.heapAtEnd).toBeLessThan(report.heapAfterThird * GROWTH);
  });
});
