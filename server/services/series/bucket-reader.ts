import type { MetricKind } from '../../entities/enums.js';
import type { MetricSet } from '../results/codec.js';
import { unpackSampleList, type StoredSamples } from '../results/samples.js';
import type { Store } from '../store.js';
import { rawQuery } from './raw-sql.js';
import { contentOf, mergeContents, type BucketContent } from './bucket-content.js';

/** A metric to read: its kind decides what is read beside its values. */
export interface WantedMetric {
  readonly id: string;
  readonly kind: MetricKind;
  /** Of a RATIO: weighs its values. */
  readonly denominator?: string | null;
}

/** Buckets of `stepMs` from `origin` on; results from `from` to before `to`. All in ms since 1970. */
export interface BucketRange {
  readonly from: number;
  readonly to: number;
  readonly origin: number;
  readonly stepMs: number;
}

/** Contents by number of the bucket, counted from the origin. */
export type Buckets = Map<number, BucketContent>;

/** Where buckets are read from. Raw results are one; rollups of any level are another with the same answer. */
export interface BucketSource {
  read(assignment: number, sets: readonly MetricSet[], wanted: readonly WantedMetric[], range: BucketRange): Promise<Map<string, Buckets>>;
}

/** Empty buckets for each metric. */
export function noBuckets(wanted: readonly WantedMetric[]): Map<string, Buckets> {
  return new Map(wanted.map(({ id }) => [id, new Map()]));
}

interface Row {
  readonly bucket: number;
  readonly contents: string;
}

/** A wanted metric with its places in one metric set. */
interface Placed extends WantedMetric {
  readonly place: number;
  readonly weightPlace: number | undefined;
}

/** One result's numbers in the order that was asked for, then the samples of each DISTRIBUTION. */
type Extract = [numbers: (number | null)[], ...samples: (StoredSamples | null)[]];

/** Reads buckets from raw results: the database takes the few numbers out of each result and groups them, so that only those are read. */
export class RawBucketSource implements BucketSource {
  constructor(private readonly store: Store) {}

  async read(
    assignment: number,
    sets: readonly MetricSet[],
    wanted: readonly WantedMetric[],
    range: BucketRange,
  ): Promise<Map<string, Buckets>> {
    const found = noBuckets(wanted);
    for (const set of sets) {
      const placed = placeIn(set, wanted);
      if (placed.length > 0) await this.readSet(assignment, set, placed, range, found);
    }
    return found;
  }

  private async readSet(
    assignment: number,
    set: MetricSet,
    placed: readonly Placed[],
    range: BucketRange,
    found: Map<string, Buckets>,
  ): Promise<void> {
    const { from, to, origin, stepMs } = range;
    const wanted = placed.map((metric) => ({
      place: metric.place,
      weightPlace: metric.weightPlace ?? metric.place,
      sampled: isDistribution(metric),
    }));
    const query = rawQuery(this.store.read.dialect, wanted);
    const bindings = [origin, stepMs, assignment, from, to, set.id];
    for (const { bucket, contents } of await this.store.read<Row>(query, bindings)) {
      const extracts = JSON.parse(contents) as Extract[];
      for (const [index, { id }] of placed.entries()) addContent(found.get(id), bucket, contentIn(extracts, placed, index));
    }
  }
}

function placeIn(set: MetricSet, wanted: readonly WantedMetric[]): Placed[] {
  return wanted.flatMap((metric) => {
    const place = set.index.get(metric.id);
    if (place === undefined) return [];
    return [{ ...metric, place, weightPlace: metric.denominator ? set.index.get(metric.denominator) : undefined }];
  });
}

const isDistribution = ({ kind }: WantedMetric): boolean => kind === 'DISTRIBUTION';

/** The numbers of one metric. A result that has samples of a DISTRIBUTION counts by them, else by its value. */
function contentIn(extracts: readonly Extract[], placed: readonly Placed[], index: number): BucketContent | undefined {
  const metric = placed[index] as Placed;
  const sampled = isDistribution(metric) ? 1 + placed.slice(0, index).filter(isDistribution).length : undefined;
  const values: number[] = [];
  const weights: number[] = [];
  for (const extract of extracts) {
    const stored = sampled === undefined ? null : (extract[sampled] as StoredSamples | null);
    const samples = stored === null ? [] : unpackSampleList(stored);
    const value = extract[0][2 * index] ?? null;
    if (samples.length > 0) for (const sample of samples) values.push(sample);
    else if (value !== null) values.push(value);
    else continue;
    if (metric.weightPlace !== undefined) weights.push(extract[0][2 * index + 1] ?? 0);
  }
  return values.length === 0 ? undefined : contentOf(values, metric.weightPlace === undefined ? undefined : weights);
}

/** Adds to what is there: a bucket may hold results of two metric sets, where the test was changed within it, and parts read from different sources. */
export function addContent(buckets: Buckets | undefined, bucket: number, content: BucketContent | undefined): void {
  if (!buckets || !content) return;
  const before = buckets.get(bucket);
  buckets.set(bucket, before ? mergeContents(before, content) : content);
}
