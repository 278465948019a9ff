import { describe, expect, it } from 'vitest';
import { numberAt, samplesAt } from './raw-texts.js';
import { packSampleList } from '../results/samples.js';

describe('the texts of a result', () => {
  it('give the number at each place', () => {
    const numbers = [1, null, -0.5, 1e21, 1.5e-7, 0, null];
    const text = JSON.stringify(numbers);
    expect(numbers.map((_, place) => numberAt(text, place))).toEqual(numbers);
  });

  it('have no number behind their end', () => {
    expect([numberAt('[1]', 1), numberAt('[1,2]', 5), numberAt('[]', 0)]).toEqual([null, null, null]);
  });

  it('give the samples at a place, packed or as they are', () => {
    const near = [0.11, 0.12, 0.1];
    const far = [1e300, 0.5];
    const text = JSON.stringify({ 1: packSampleList(near), 12: packSampleList(far), 21: packSampleList([7]) });
    expect([1, 12, 21, 2].map((place) => samplesAt(text, place))).toEqual([near, far, [7], []]);
    expect(samplesAt('', 1)).toEqual([]);
  });
});
