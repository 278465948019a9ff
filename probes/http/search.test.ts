import { describe, expect, it } from 'vitest';
import { isMatch } from './search.js';

describe('the search for a pattern', () => {
  it('finds it, or not', () => {
    expect(isMatch('^Good ?bye', 'Goodbye, all')).toBe(true);
    expect(isMatch('^Good ?bye', 'Hello')).toBe(false);
    expect(isMatch('\\p{Lu}.ß', 'Süß')).toBe(true);
  });

  it('takes what looks like code for text', () => {
    expect(isMatch('a"b', 'a"b')).toBe(true);
    expect(isMatch('`\\$\\{process\\}`', '`${process}`')).toBe(true);
  });

  it('ends a pattern that would never end, and is ready for the next', () => {
    expect(isMatch('^(a+)+$', `${'a'.repeat(200)}!`)).toBeUndefined();
    expect(isMatch('^(a+)+$', 'aaa')).toBe(true);
  });
});
