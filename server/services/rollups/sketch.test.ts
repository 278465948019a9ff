import { describe, expect, it } from 'vitest';
import { percentileOfSorted, sorted } from '../../../probes/sdk/stats.js';
import { ByteReader, ByteWriter } from './bytes.js';
import { Sketch, sketchKey, sketchValue } from './sketch.js';

const SHARES = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1];

/** A generator with a seed (mulberry32), so that a failure repeats. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const next = random(20261123);
const SETS: Readonly<Record<string, readonly number[]>> = {
  'one number': [42],
  'round trips between 10 and 30 ms': Array.from({ length: 3000 }, () => 10 + 20 * next() ** 3),
  'five decades': Array.from({ length: 3000 }, () => 10 ** (5 * next() - 2)),
  'negative numbers and positive ones': Array.from({ length: 2000 }, () => 100 * (next() - 0.5)),
  'mostly zero': Array.from({ length: 1000 }, () => (next() < 0.8 ? 0 : next())),
  'the ends of what a double holds': [5e-324, 1e-300, 1, 1e300, -1e300, -5e-324, 0],
};

const expectClose = (found: number | undefined, truth: number | undefined): void => {
  expect(Math.abs((found ?? NaN) - (truth ?? NaN))).toBeLessThanOrEqual(0.01 * Math.abs(truth ?? NaN));
};

function expectPercentiles(sketch: Sketch, values: readonly number[]): void {
  const ascending = sorted(values);
  const found = sketch.percentiles(SHARES);
  for (const [index, share] of SHARES.entries()) expectClose(found[index], percentileOfSorted(ascending, share));
}

function passed(sketch: Sketch, base: number): { copy: Sketch; bytes: number } {
  const out = new ByteWriter();
  sketch.write(out, base);
  const copy = new Sketch();
  copy.readInto(new ByteReader(out.done()), base);
  return { copy, bytes: out.length };
}

describe('a sketch', () => {
  it.each(Object.entries(SETS))('knows each percentile of %s within 1 %%', (_, values) => {
    expectPercentiles(Sketch.of(values), values);
  });

  it('of two merged is the sketch of all', () => {
    const all = Object.values(SETS).flat();
    const merged = new Sketch();
    for (const values of Object.values(SETS)) merged.merge(Sketch.of(values));
    expect(merged.count).toBe(all.length);
    expect(merged.percentiles(SHARES)).toEqual(Sketch.of(all).percentiles(SHARES));
    expectPercentiles(merged, all);
  });

  it.each(Object.entries(SETS))('of %s is the same when it comes back from its bytes', (_, values) => {
    const sketch = Sketch.of(values);
    const { copy } = passed(sketch, sketchKey(Math.min(...values)));
    expect(copy.count).toBe(values.length);
    expect(copy.percentiles(SHARES)).toEqual(sketch.percentiles(SHARES));
  });

  it('of ten numbers takes some ten bytes, a thousand alike ones three', () => {
    const ten = Array.from({ length: 10 }, (_, index) => 10 + index);
    expect(passed(Sketch.of(ten), sketchKey(10)).bytes).toBeLessThanOrEqual(10);
    expect(passed(Sketch.of(Array.from({ length: 1000 }, () => 7.25)), sketchKey(7.25)).bytes).toBe(3);
  });

  it('of nothing has no percentiles', () => {
    expect(new Sketch().percentiles([0.5])).toEqual([undefined]);
  });

  it('orders its classes as their numbers, and stands for each number within 1 %', () => {
    const values = [-1e9, -3, -2.9, -1e-9, 0, 1e-9, 0.5, 1, 1.03, 2, 1e9];
    const keys = values.map(sketchKey);
    expect(keys).toEqual([...new Set(keys)].sort((one, other) => one - other));
    for (const value of values) expectClose(sketchValue(sketchKey(value)), value);
  });
});
