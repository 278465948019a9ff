import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtInProbes, loadProbe } from '../registry.js';
import { whatStays } from './many-runs.js';
import { Places } from './places.js';
import { lacking, VARIANTS } from './variants.js';

/** How many runs there are to be: of the usual way of each probe, and of each other way. */
export interface Numbers {
  readonly usual: number;
  readonly others: number;
}

/** Tests that many runs of every way in which a probe can measure end as they should, and that nothing of them stays. */
export function manyRuns({ usual, others }: Numbers, timeout: number): void {
  describe('many runs of a probe', () => {
    let places: Places;
    beforeAll(async () => void (places = await Places.open()));
    afterAll(() => places.close());

    it('are made of every probe', () => {
      expect(Object.keys(VARIANTS)).toEqual(expect.arrayContaining([...builtInProbes]));
    });

    for (const [name, variant] of Object.entries(VARIANTS)) {
      const runs = builtInProbes.some((probe) => probe === name) ? usual : others;
      const lack = lacking(variant);
      const why = lack === undefined ? '' : ` (skipped: this host lacks ${lack})`;
      it.skipIf(lack !== undefined)(`${runs} of ${name} end as they should and leave nothing behind${why}`, { timeout }, async () => {
        const order = variant.order(places.ports);
        expect(await whatStays(await loadProbe(order.probe), order, runs, places.forget)).toEqual([]);
      });
    }
  });
}
