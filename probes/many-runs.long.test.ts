import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtInProbes } from './registry.js';
import { Places, whatStays } from './testing/many-runs.js';

const RUNS = 10_000;

describe(`${RUNS} runs of a probe`, () => {
  let places: Places;
  beforeAll(async () => void (places = await Places.open()));
  afterAll(() => places.close());

  it.each(builtInProbes)('of %s leave nothing behind', { timeout: 1_800_000 }, async (name) => {
    const order = places.orders[name];
    if (!order) throw new Error(`${name} has no place to measure: give it one in testing/many-runs.ts`);
    expect(await whatStays(name, order, RUNS)).toEqual([]);
  });
});
