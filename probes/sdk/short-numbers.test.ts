import { expect, it } from 'vitest';
import type { Json } from './probe.js';
import { shortNumbers } from './short-numbers.js';

it('numbers of details keep 6 significant digits, whole ones and large ones all before the point', () => {
  const hop = { ttl: 3, rttMs: { min: 1.234567, avg: 9.12345666 }, port: 54_321, at: 1_764_345_600.5, sent: 123_456_789 };
  const told = { hops: [hop], names: ['192.0.2.1'], reached: true, loss: null };
  const short = { ttl: 3, rttMs: { min: 1.23457, avg: 9.12346 }, port: 54_321, at: 1_764_345_601, sent: 123_456_789 };
  expect(shortNumbers(told)).toEqual({ ...told, hops: [short] });
});

it('what is no plain data stays what it is, for the conformance suite to see', () => {
  const at = new Date(0);
  expect(shortNumbers({ at } as unknown as Json)).toEqual({ at });
});

it('details that are none stay none', () => {
  expect(shortNumbers(null)).toBeNull();
});
