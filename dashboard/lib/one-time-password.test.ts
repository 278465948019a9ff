import { describe, expect, it } from 'vitest';
import { oneTimePassword } from './one-time-password.js';

describe('a password to hand over', () => {
  it('has five groups of four characters, none of which looks like another', () => {
    for (let each = 0; each < 200; each++) expect(oneTimePassword()).toMatch(/^([a-km-np-z2-9]{4}-){4}[a-km-np-z2-9]{4}$/);
  });

  it('uses each character equally often: 256 bytes give each of the 32 eight times', () => {
    const seen = new Map<string, number>();
    for (let byte = 0; byte < 256; byte++) {
      const character = oneTimePassword((bytes) => bytes.fill(byte)).charAt(0);
      seen.set(character, (seen.get(character) ?? 0) + 1);
    }
    expect([...seen.values()]).toEqual(Array.from({ length: 32 }, () => 8));
  });
});
