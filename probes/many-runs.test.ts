import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtInProbes } from './registry.js';
import { Places, whatStays } from './testing/many-runs.js';

const RUNS = 200;

describe(`${RUNS} runs of a probe`, () => {
  let places: Places;
  beforeAll(async () => void (places = await Places.open()));
  afterAll(() => places.close());

  it.each(builtInProbes)('of %s leave nothing behind', { timeout: 60_000 }, async (name) => {
    const order = places.orders[name];
    if (!order) throw new Error(`${name} has no place to measure: give it one in testing/many-runs.ts`);
    expect(await whatStays(name, order, RUNS)).toEqual([]);
  });

  it('of mtu with a reflector, half as many, leave nothing behind', { timeout: 60_000 }, async () => {
    expect(await whatStays('mtu', places.reflected, RUNS / 2)).toEqual([]);
  });
});
