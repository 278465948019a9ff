import { MetricKind } from '../../entities/enums.js';
import type { CatalogueService } from '../catalogue.js';
import type { MetricSet } from '../results/codec.js';
import { addTo, emptyTally, type Tally, type TallyParts } from './tally.js';

/** How one metric of a set is summed up. */
interface Slot extends TallyParts {
  /** Judged by the samples of its runs where there are any. */
  readonly sampled: boolean;
  /** Of a RATIO: where its denominator stands. */
  readonly weightPlace: number | undefined;
}

/** How the metrics of a set are summed up, in its order. */
export type Layout = readonly Slot[];

/** A metric that the catalogue does not know any more is summed up like a level. */
export function layoutOf({ ids, index }: MetricSet, catalogue: Pick<CatalogueService, 'metric'>): Layout {
  return ids.map((id) => {
    const { kind, denominator } = catalogue.metric(id) ?? { kind: MetricKind.LEVEL, denominator: null };
    const weightPlace = kind === MetricKind.RATIO && denominator ? index.get(denominator) : undefined;
    const state = kind === MetricKind.CODE || kind === MetricKind.BOOL;
    return { sampled: kind === MetricKind.DISTRIBUTION, weightPlace, weighted: weightPlace !== undefined, sketch: !state };
  });
}

/** Nothing yet, for each metric. */
export function emptyTallies(layout: Layout): Tally[] {
  return layout.map(emptyTally);
}

/** A result's numbers and its samples by place, as they are stored. */
export interface RawNumbers {
  readonly numbers: readonly (number | null)[];
  readonly samples: Readonly<Record<string, readonly number[]>> | null;
}

/** Counts a result in. */
export function addResult(tallies: readonly Tally[], layout: Layout, { numbers, samples }: RawNumbers): void {
  for (let place = 0; place < layout.length; place += 1) {
    const tally = tallies[place] as Tally;
    const { sampled, weightPlace } = layout[place] as Slot;
    const own = sampled ? samples?.[place] : undefined;
    if (own && own.length > 0) {
      for (const sample of own) addTo(tally, sample);
      continue;
    }
    const value = numbers[place] ?? null;
    if (value !== null) addTo(tally, value, weightPlace === undefined ? 0 : (numbers[weightPlace] ?? 0));
  }
}
