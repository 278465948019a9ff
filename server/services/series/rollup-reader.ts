import type { MetricSet } from '../results/codec.js';
import type { Level } from '../rollups/levels.js';
import { GROUP, unpackGroup } from '../rollups/row-codec.js';
import { emptyTally, type Tally } from '../rollups/tally.js';
import type { Dialect } from '../store/dialect.js';
import { PARTS } from './raw-sql.js';
import type { Store } from '../store.js';
import { addContent, noBuckets, type Buckets, type BucketRange, type WantedMetric } from './bucket-reader.js';

/** The rows of a level read, and where they go. */
export interface RowsRead {
  readonly set: MetricSet;
  readonly groups: readonly number[];
  readonly wanted: readonly WantedMetric[];
}

/** What is read of a rollup row. */
export type RollupRow = { readonly bucket: number; readonly results: number } & Readonly<Record<string, Buffer | null | number>>;

/** The part of a range that is read. */
type Part = Pick<BucketRange, 'from' | 'to'>;

/** Nothing counted yet, whatever parts the rows bring. */
const NOTHING = { weighted: false, sketch: false };

/** Reads buckets from rollup rows. */
export class RollupReader {
  constructor(private readonly store: Store) {}

  /**
   * @param range where the buckets are; its step must hold whole ones of the level
   * @param part what to read; begins and ends with buckets of the level. What lies outside of the range counts in its first or last bucket.
   */
  async read(
    assignment: number,
    sets: readonly MetricSet[],
    wanted: readonly WantedMetric[],
    range: BucketRange,
    level: Level,
    part: Part = range,
  ): Promise<Map<string, Buckets>> {
    const found = noBuckets(wanted);
    for (const set of sets) {
      const reading = readingFor(set, wanted);
      if (reading.groups.length > 0) await this.readSet(assignment, reading, range, part, level, found);
    }
    return found;
  }

  private async readSet(
    assignment: number,
    reading: RowsRead,
    range: BucketRange,
    part: Part,
    level: Level,
    found: Map<string, Buckets>,
  ): Promise<void> {
    const rows = await this.store.read<RollupRow>(queryFor(this.store.read.dialect, reading.groups), [
      assignment,
      level.id,
      part.from,
      part.to,
      reading.set.id,
    ]);
    addRollupRows(rows, reading, range, found);
  }
}

/** What to read of rows of a set; no groups where it has none of these metrics. */
export function readingFor(set: MetricSet, all: readonly WantedMetric[]): RowsRead {
  const wanted = all.filter(({ id }) => set.index.has(id));
  const groups = [...new Set(wanted.map(({ id }) => Math.floor((set.index.get(id) as number) / GROUP)))];
  return { set, groups, wanted };
}

/** Adds rows of one assignment to the buckets that they fall into. */
export function addRollupRows(
  rows: readonly RollupRow[],
  reading: RowsRead,
  range: BucketRange,
  found: ReadonlyMap<string, Buckets> | undefined,
): void {
  const sums = new Map<number, Tally[]>();
  for (const row of rows) {
    const bucket = bucketIn(range, row.bucket);
    let tallies = sums.get(bucket);
    if (!tallies) sums.set(bucket, (tallies = reading.wanted.map(() => emptyTally(NOTHING))));
    addRow(row, reading, tallies);
  }
  for (const [bucket, tallies] of sums) {
    for (const [index, { id }] of reading.wanted.entries()) {
      const tally = tallies[index] as Tally;
      if (tally.count > 0) addContent(found?.get(id), bucket, { tally });
    }
  }
}

function bucketIn({ from, to, origin, stepMs }: BucketRange, at: number): number {
  return Math.floor((Math.min(Math.max(at, from), to - 1) - origin) / stepMs);
}

function addRow(row: RollupRow, { set, groups, wanted }: RowsRead, tallies: readonly Tally[]): void {
  for (const group of groups) {
    const bytes = row[`g${group}`];
    if (!(bytes instanceof Uint8Array)) continue;
    const targets: (Tally | undefined)[] = [];
    for (const [index, { id }] of wanted.entries()) {
      const place = (set.index.get(id) as number) - group * GROUP;
      if (place >= 0 && place < GROUP) targets[place] = tallies[index];
    }
    unpackGroup(bytes, row.results, targets);
  }
}

/** Takes the wanted groups out of each row, so that only they leave the database. Groups are numbers of ours. */
function bodiesOf({ kind }: Dialect, groups: readonly number[]): string {
  const end = (group: number): string => (kind === 'sqlite' ? `json_extract(ends, '$[${group}]')` : `(ends::json->>${group})::integer`);
  const parts = groups.map((group) => {
    const from = group === 0 ? '0' : end(group - 1);
    return `substr(body, ${from} + 1, ${end(group)} - ${from}) as g${group}`;
  });
  return parts.join(', ');
}

function queryFor(dialect: Dialect, groups: readonly number[]): string {
  return `select bucket, results, ${bodiesOf(dialect, groups)} from rollup
    where assignment = ? and level = ? and bucket >= ? and bucket < ? and metric_set = ? order by bucket`;
}

/** The same of several parts of several assignments. Bindings: the parts, level, metric set. */
export function rollupsTogetherQuery(dialect: Dialect, groups: readonly number[]): string {
  const condition = 'r.assignment = q.assignment and r.level = ? and r.bucket >= q.since and r.bucket < q.until and r.metric_set = ?';
  return `select q.place, r.bucket, r.results, ${bodiesOf(dialect, groups)}
    from ${dialect.rows(PARTS)} q ${dialect.lookUp('rollup', 'r', condition)} order by q.place, r.bucket`;
}
