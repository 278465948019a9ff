import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { roundSignificant } from '../../../probes/sdk/stats.js';
import { packSampleList, unpackSampleList } from './samples.js';

describe('packed samples', () => {
  it('are what they were, whatever they are', () => {
    const sample = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.double({ min: -1e4, max: 1e4, noNaN: true }).map((value) => roundSignificant(value)),
      fc.maxSafeInteger(),
    );
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 64 }), (samples) => {
        expect(unpackSampleList(packSampleList(samples))).toEqual(samples);
      }),
    );
  });

  it('take a third of the room of their numbers, where they are near each other', () => {
    const samples = Array.from({ length: 20 }, (_, index) => roundSignificant(0.11 + Math.sin(index) / 150));
    expect(String(packSampleList(samples)).length).toBeLessThan(JSON.stringify(samples).length * 0.4);
  });

  it('need no escape in JSON', () => {
    const packed = packSampleList([-1.5, 200, 0.000001, 64]);
    expect(JSON.stringify(packed)).toBe(`"${String(packed)}"`);
  });

  it('of before they were packed are read as they are', () => {
    expect(unpackSampleList([1.5, 2])).toEqual([1.5, 2]);
  });

  it('stay as they are where whole numbers of one unit cannot hold them', () => {
    for (const samples of [[1e300, 0.5], [1e-20], [9e15, -9e15], [-0]]) expect(packSampleList(samples)).toBe(samples);
  });
});
