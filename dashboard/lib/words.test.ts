import { describe, expect, it } from 'vitest';
import { counted, namesText } from './words.js';

describe('numbers and names in sentences', () => {
  it('counts one and several', () => {
    expect([counted(1, 'test'), counted(0, 'test'), counted(2000, 'result')]).toEqual(['1 test', '0 tests', '2,000 results']);
  });

  it('names all of a few, and of many the first', () => {
    expect(namesText(['a', 'b', 'c'], 3)).toBe('a, b, c');
    expect(namesText(['a', 'b', 'c', 'd'], 3)).toBe('a, b and 2 others');
  });
});
