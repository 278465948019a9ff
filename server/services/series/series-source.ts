import type { MetricSet } from '../results/codec.js';
import type { Level } from '../rollups/levels.js';
import { Unavailable } from '../rollups/marked.js';
import { planRead, type Segment } from '../rollups/plan.js';
import type { Store } from '../store.js';
import {
  addContent,
  noBuckets,
  type Buckets,
  type BucketRange,
  type BucketSource,
  type RawBucketSource,
  type WantedMetric,
} from './bucket-reader.js';
import type { RollupReader } from './rollup-reader.js';

/** Since when what is finer than a level is kept, ms since 1970; `undefined`: raw results. */
export type KeptSince = (level: Level | undefined) => number;

/** What sources are made from. */
export interface SourceDeps {
  readonly store: Store;
  readonly raw: RawBucketSource;
  readonly rollups: RollupReader;
  readonly keptSince: KeptSince;
}

/**
 * Reads buckets from rollups, and from raw results what is not rolled up (yet): the newest part, buckets that late results fell into, the edges of a range
 * that cut a bucket. The answer is that of raw results, but for percentiles, which are within 1 %.
 */
export class RollupBucketSource implements BucketSource {
  /** @param levels what to read, coarsest first; the step of a range must hold whole buckets of each */
  constructor(
    private readonly deps: SourceDeps,
    private readonly levels: readonly Level[],
  ) {}

  async read(
    assignment: number,
    sets: readonly MetricSet[],
    wanted: readonly WantedMetric[],
    range: BucketRange,
  ): Promise<Map<string, Buckets>> {
    const { raw, rollups } = this.deps;
    const found = noBuckets(wanted);
    for (const { level, from, to } of await this.plan(assignment, range)) {
      const read = level
        ? await rollups.read(assignment, sets, wanted, range, level, { from, to })
        : await raw.read(assignment, sets, wanted, { ...range, from, to });
      for (const [id, buckets] of read) for (const [bucket, content] of buckets) addContent(found.get(id), bucket, content);
    }
    return found;
  }

  private async plan(assignment: number, { from, to }: BucketRange): Promise<Segment[]> {
    const { store, keptSince } = this.deps;
    const { levels } = this;
    const finest = levels.at(-1);
    if (!finest) return [{ from, to, level: undefined }];
    const unavailable = await Unavailable.of(store.read, assignment, finest, { from, to });
    return planRead({ from, to, levels, keptSince, unavailable: (level) => unavailable.at(level) });
  }
}
