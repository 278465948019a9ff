import { describe, expect, it } from 'vitest';
import { roundSignificant } from '../../../probes/sdk/stats.js';
import { GROUP, packTallies, unpackRow } from './row-codec.js';
import { addTo, emptyTally, mergeInto, type Tally } from './tally.js';

const SHARES = [0.05, 0.5, 0.99];
const RESULTS = 5;

function tallyOf(values: readonly number[], parts = { weighted: false, sketch: true }, weights: readonly number[] = []): Tally {
  const tally = emptyTally(parts);
  for (const [index, value] of values.entries()) addTo(tally, value, weights[index]);
  return tally;
}

function passed(tallies: readonly Tally[], wanted = tallies.map((_, place) => place)): Map<number, Tally> {
  const found = new Map(wanted.map((place) => [place, emptyTally({ weighted: false, sketch: false })]));
  unpackRow(
    packTallies(RESULTS, tallies),
    RESULTS,
    tallies.map((_, place) => found.get(place)),
  );
  return new Map([...found].filter(([, { count }]) => count > 0));
}

const shown = (tally: Tally | undefined): unknown =>
  tally && {
    ...{ count: tally.count, min: roundSignificant(tally.min), max: roundSignificant(tally.max), sum: roundSignificant(tally.sum, 9) },
    percentiles: tally.sketch?.percentiles(SHARES).map((value) => Math.round(1e6 * (value ?? NaN))),
  };

const KINDS: Readonly<Record<string, readonly number[]>> = {
  'numbers of 6 digits': [1.23456, 0.000123456, 98765.4, -3.21, 7],
  'whole numbers': [3, 1, 4, 1, -5],
  'large whole numbers': [9_007_199_254, 123_456_789_012, 2 ** 40, 17, 0],
  'large whole numbers among others': [123_456_789, 0.5, 2, 3, 4],
  'numbers too small or large for 32 bits': [1e-300, 1.5e300, 2, 3, -1e200],
  'the same number again and again': [0.25, 0.25, 0.25, 0.25, 0.25],
  zeros: [0, 0, 0],
  'one number': [12.5],
  'more numbers than results': Array.from({ length: 100 }, (_, index) => 10 + index / 7).map((value) => roundSignificant(value)),
};

describe('a rollup row', () => {
  it.each(Object.entries(KINDS))('brings %s back', (_, values) => {
    const tally = tallyOf(values);
    expect(shown(passed([tally]).get(0))).toEqual(shown(tally));
  });

  it('keeps what RATIOs weigh', () => {
    const parts = { weighted: true, sketch: true };
    const whole = tallyOf([10, 50], parts, [6, 90]);
    const split = tallyOf([10, 50], parts, [0.5, 1.25]);
    const found = passed([whole, split]);
    expect(found.get(0)?.weighted).toEqual({ sum: 4560, weight: 96 });
    expect(found.get(1)?.weighted).toEqual({ sum: 67.5, weight: 1.75 });
  });

  it('has nothing of an absent metric, and no sketch of a kind without percentiles', () => {
    const found = passed([emptyTally({ weighted: true, sketch: true }), tallyOf([200, 404], { weighted: false, sketch: false })]);
    expect([...found.keys()]).toEqual([1]);
    expect(found.get(1)?.sketch).toBeUndefined();
  });

  it('of many metrics gives each of them alone', () => {
    const all = Array.from({ length: 3 * GROUP + 5 }, (_, place) => tallyOf([place, place + 0.5]));
    for (const place of [0, 7, GROUP - 1, GROUP, 2 * GROUP + 3, all.length - 1]) {
      const found = passed(all, [place]);
      expect([...found.keys()]).toEqual([place]);
      expect(shown(found.get(place))).toEqual(shown(all[place]));
    }
  });

  it('of rows merged is the row of all their numbers', () => {
    const merged = emptyTally({ weighted: false, sketch: true });
    for (const values of Object.values(KINDS)) mergeInto(merged, passed([tallyOf(values)]).get(0) as Tally);
    expect(shown(merged)).toEqual(shown(tallyOf(Object.values(KINDS).flat())));
    const again = passed([merged]).get(0);
    expect(shown(again)).toEqual(shown(merged));
  });

  it('takes some 15 bytes a metric beside its sketch', () => {
    const { body } = packTallies(
      RESULTS,
      Array.from({ length: 100 }, () => tallyOf([1.23456, 2.34567, 3.45678, 4.5, 5.5], { weighted: false, sketch: false })),
    );
    expect(body.length).toBe(1500);
  });
});
