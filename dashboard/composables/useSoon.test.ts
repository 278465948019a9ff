import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { effectScope } from 'vue';
import { useSoon } from './useSoon.js';

describe('work that is done soon', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is done once for a burst of calls', () => {
    const work = vi.fn();
    const soon = effectScope().run(() => useSoon(work));
    soon?.(100);
    soon?.(100);
    vi.advanceTimersByTime(100);
    expect(work).toHaveBeenCalledTimes(1);
    soon?.(100);
    vi.advanceTimersByTime(100);
    expect(work).toHaveBeenCalledTimes(2);
  });

  it('is not done after its component is gone', () => {
    const work = vi.fn();
    const scope = effectScope();
    const soon = scope.run(() => useSoon(work));
    soon?.(100);
    scope.stop();
    vi.advanceTimersByTime(1000);
    expect(work).not.toHaveBeenCalled();
  });
});
