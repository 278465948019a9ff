import { describe, expect, it } from 'vitest';
import { relativeTime, spanText } from './time.js';

const NOW = Date.UTC(2026, 0, 15, 12);

describe('relative times', () => {
  it('speaks in the largest whole unit', () => {
    const ago = [500, 12_000, 3 * 60_000 + 5_000, 5 * 3_600_000, 3 * 86_400_000].map((ms) => relativeTime(NOW - ms, NOW));
    expect(ago).toEqual(['just now', '12 s ago', '3 min ago', '5 h ago', '3 d ago']);
  });

  it('speaks of what is to come', () => {
    expect(relativeTime(NOW + 2 * 3_600_000, NOW)).toBe('in 2 h');
  });

  it('keeps hours up to two days, since "1 d" may mean nearly two', () => {
    expect(spanText(47 * 3_600_000)).toBe('47 h');
  });
});
