import { describe, expect, it } from 'vitest';
import { systemFacts } from './system-facts.js';

describe('what an agent tells of itself', () => {
  it('is shown in the units of people', () => {
    expect(systemFacts({ uptimeSeconds: 7200, outboxBytes: 152_765, lostWorkers: 0, platform: 'linux' })).toEqual([
      ['Uptime', '2\u00a0h'],
      ['Outbox', '153\u00a0kB'],
      ['Lost workers', '0'],
      ['Platform', 'linux'],
    ]);
  });

  it('is left out where it is nested, empty or no object at all', () => {
    expect(systemFacts({ a: { b: 1 }, c: '', d: null })).toEqual([]);
    expect(systemFacts([1])).toEqual([]);
    expect(systemFacts(undefined)).toEqual([]);
  });
});
