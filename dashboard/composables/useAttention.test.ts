import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isAttended, watchAttention } from './useAttention.js';

describe('a page', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is attended for five minutes after it was opened, and after each touch', () => {
    const page = new EventTarget();
    watchAttention(page);
    vi.advanceTimersByTime(299_000);
    expect(isAttended()).toBe(true);
    vi.advanceTimersByTime(1_000);
    expect(isAttended()).toBe(false);
    page.dispatchEvent(new Event('keydown'));
    expect(isAttended()).toBe(true);
    vi.advanceTimersByTime(300_000);
    expect(isAttended()).toBe(false);
  });
});
