import { describe, expect, it } from 'vitest';
import { counted } from './words.js';

describe('numbers in sentences', () => {
  it('counts one and several', () => {
    expect([counted(1, 'test'), counted(0, 'test'), counted(2000, 'result')]).toEqual(['1 test', '0 tests', '2,000 results']);
  });
});
