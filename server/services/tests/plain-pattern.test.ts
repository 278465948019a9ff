import { describe, expect, it } from 'vitest';
import { isPlainPattern } from './plain-pattern.js';

describe('a pattern of an agent', () => {
  it.each(['^x-', '^[a-z][a-z0-9-]*$', '^\\p{L}+=\\d{1,3}$', '[*+{)]*', '(?:http|https)://', 'a\\)+b'])('is tried: %s', (pattern) => {
    expect(isPlainPattern(pattern)).toBe(true);
  });

  it.each(['^(a+)+$', '^(a|a)*$', '^(?:a|ab){2,}$', '(a)\\1', '^a*a*a*a*$', 'a'.repeat(301)])('is not tried: %s', (pattern) => {
    expect(isPlainPattern(pattern)).toBe(false);
  });
});
