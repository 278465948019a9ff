import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Paced } from './paced.js';

describe('calls that are paced', () => {
  let calls: string[];
  let paced: Paced<string>;
  beforeEach(() => {
    vi.useFakeTimers();
    calls = [];
    paced = new Paced((key) => calls.push(key), 100);
  });
  afterEach(() => void vi.useRealTimers());

  it('come at once when nothing came lately, for each key by itself', () => {
    paced.tell('a');
    paced.tell('b');
    expect(calls).toEqual(['a', 'b']);
  });

  it('come once more at the end of the rest, however many came in it', () => {
    for (let time = 0; time < 1000; time++) paced.tell('a');
    expect(calls).toEqual(['a']);
    vi.advanceTimersByTime(100);
    expect(calls).toEqual(['a', 'a']);
  });

  it('are not repeated where nothing came in the rest', () => {
    paced.tell('a');
    vi.advanceTimersByTime(1000);
    expect(calls).toEqual(['a']);
    paced.tell('a');
    expect(calls).toEqual(['a', 'a']);
  });

  it('keep their pace as long as they come', () => {
    for (let ms = 0; ms < 1000; ms++) {
      paced.tell('a');
      vi.advanceTimersByTime(1);
    }
    expect(calls.length).toBe(11);
  });

  it('come now when they are flushed, and leave no timer', () => {
    paced.tell('a');
    paced.tell('a');
    paced.tell('b');
    paced.flush();
    expect(calls).toEqual(['a', 'b', 'a']);
    expect(vi.getTimerCount()).toBe(0);
  });
});
