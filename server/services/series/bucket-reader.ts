import type { MetricKind } from '../../entities/enums.js';
import type { MetricSet } from '../results/codec.js';
import type { Store } from '../store.js';
import { BETWEEN, rawQuery } from './raw-sql.js';
import { numberAt, samplesAt } from './raw-texts.js';
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

/** Results that are read in one go at most: a bucket may have millions of them, where a test of a short interval was given a long one. */
export const RAW_PAGE = 5000;
/** The start of the first result that is too many. */
const CUT = 'select at from result where assignment = ? and at >= ? and at < ? order by at limit 1 offset ?';

/** What the database puts together of a bucket's results. */
export interface TextRow {
  readonly bucket: number;
  readonly numbers: string;
  readonly samples?: string;
}

/** The texts of one bucket's results, in the same order. */
interface Texts {
  readonly numbers: readonly string[];
  readonly samples: readonly string[] | undefined;
}

/** A wanted metric with its places in one metric set. */
export interface PlacedMetric extends WantedMetric {
  readonly place: number;
  readonly weightPlace: number | undefined;
}

/** Reads buckets from raw results, whose texts the database puts together by bucket. */
export class RawBucketSource implements BucketSource {
  constructor(
    private readonly store: Pick<Store, 'read'>,
    private readonly page = RAW_PAGE,
  ) {}

  async read(
    assignment: number,
    sets: readonly MetricSet[],
    wanted: readonly WantedMetric[],
    range: BucketRange,
  ): Promise<Map<string, Buckets>> {
    const found = noBuckets(wanted);
    for (let { from } = range; from < range.to;) {
      const to = await this.pageEnd(assignment, from, range.to);
      for (const set of sets) {
        const placed = placeIn(set, wanted);
        if (placed.length > 0) await this.readSet(assignment, set, placed, { ...range, from, to }, found);
      }
      from = to;
    }
    return found;
  }

  /** Until when results from a moment on are one page. Those of the same ms stay together. */
  private async pageEnd(assignment: number, from: number, to: number): Promise<number> {
    const [cut] = await this.store.read<{ at: number }>(CUT, [assignment, from, to, this.page]);
    return cut ? Math.max(cut.at, from + 1) : to;
  }

  private async readSet(
    assignment: number,
    set: MetricSet,
    placed: readonly PlacedMetric[],
    range: BucketRange,
    found: Map<string, Buckets>,
  ): Promise<void> {
    const { from, to, origin, stepMs } = range;
    const query = rawQuery(this.store.read.dialect, placed.some(isDistribution));
    const bindings = [origin, stepMs, assignment, from, to, set.id];
    for (const row of await this.store.read<TextRow>(query, bindings)) addTexts(row, placed, found);
  }
}

/** Adds what a bucket's texts hold of these metrics. */
export function addTexts(
  { bucket, numbers, samples }: TextRow,
  placed: readonly PlacedMetric[],
  found: ReadonlyMap<string, Buckets> | undefined,
): void {
  const texts = { numbers: numbers.split(BETWEEN), samples: samples?.split(BETWEEN) };
  for (const metric of placed) addContent(found?.get(metric.id), bucket, contentIn(texts, metric));
}

/** Those of these metrics that a set has, with their places in it. */
export function placeIn(set: MetricSet, wanted: readonly WantedMetric[]): PlacedMetric[] {
  return wanted.flatMap((metric) => {
    const place = set.index.get(metric.id);
    if (place === undefined) return [];
    return [{ ...metric, place, weightPlace: metric.denominator ? set.index.get(metric.denominator) : undefined }];
  });
}

/** Whether it has samples of its own. */
export const isDistribution = ({ kind }: WantedMetric): boolean => kind === 'DISTRIBUTION';

/** The numbers of one metric. A result that has samples of a DISTRIBUTION counts by them, else by its value. */
function contentIn(texts: Texts, metric: PlacedMetric): BucketContent | undefined {
  const values: number[] = [];
  const weights: number[] = [];
  for (const [index, numbers] of texts.numbers.entries()) {
    const samples = isDistribution(metric) ? samplesAt(texts.samples?.[index] ?? '', metric.place) : [];
    const value = samples.length > 0 ? null : numberAt(numbers, metric.place);
    if (samples.length > 0) for (const sample of samples) values.push(sample);
    else if (value !== null) values.push(value);
    else continue;
    if (metric.weightPlace !== undefined) weights.push(numberAt(numbers, metric.weightPlace) ?? 0);
  }
  return values.length === 0 ? undefined : contentOf(values, metric.weightPlace === undefined ? undefined : weights);
}

/** Adds to what is there: a bucket may hold results of two metric sets, where the test was changed within it, and parts read from different sources. */
export function addContent(buckets: Buckets | undefined, bucket: number, content: BucketContent | undefined): void {
  if (!buckets || !content) return;
  const before = buckets.get(bucket);
  buckets.set(bucket, before ? mergeContents(before, content) : content);
}
