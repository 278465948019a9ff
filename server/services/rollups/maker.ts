import { setImmediate } from 'node:timers/promises';
import type { CatalogueService } from '../catalogue.js';
import { unpackSamples, type MetricSet } from '../results/codec.js';
import type { MetricSets } from '../results/intern.js';
import type { Store } from '../store.js';
import { addResult, emptyTallies, layoutOf, type Layout } from './layout.js';
import { finerThan, levelOf, type Level } from './levels.js';
import type { Mark } from './marks.js';
import { packTallies, unpackRow, type PackedTallies } from './row-codec.js';
import type { Tally } from './tally.js';

/** What a row was made from: results, or the rows of a finer level. */
export enum RowSource {
  RESULTS = 0,
  FINER = 1,
}

/** A rollup row that is to be stored: the results of one metric set in a bucket. */
export interface MadeRow extends PackedTallies {
  readonly metricSet: number;
  readonly results: number;
}

/** The rows of a marked bucket; none where it has no results any more. */
export interface MadeBucket {
  readonly mark: Mark;
  readonly source: RowSource;
  readonly rows: readonly MadeRow[];
}

interface ResultRow {
  readonly seq: number;
  readonly at: number;
  readonly metricSet: number;
  readonly numbers: string;
  readonly samples: string | null;
}

interface FinerRow {
  readonly bucket: number;
  readonly metricSet: number;
  readonly results: number;
  readonly ends: string;
  readonly body: Buffer;
}

/** Rows that are read, and worked on, in one go: the event loop is given back after each. */
const RESULTS_A_PAGE = 100;
const FINER_A_PAGE = 20;

const RESULTS = `select seq, at, metric_set as "metricSet", numbers, samples from result
  where assignment = ? and at >= ? and at < ? and (at, seq) > (?, ?) order by at, seq limit ${RESULTS_A_PAGE}`;
const FINER = `select bucket, metric_set as "metricSet", results, ends, body from rollup
  where assignment = ? and level = ? and bucket < ? and (bucket, metric_set) > (?, ?) order by bucket, metric_set limit ${FINER_A_PAGE}`;
const MADE_BEFORE = 'select source from rollup where assignment = ? and level = ? and bucket = ?';

/** Sums of a bucket by metric set. */
class Sums {
  private readonly bySet = new Map<number, { layout: Layout; tallies: Tally[]; results: number }>();

  constructor(private readonly layouts: (metricSet: number) => Promise<Layout>) {}

  async of(metricSet: number): Promise<{ layout: Layout; tallies: Tally[]; results: number }> {
    const known = this.bySet.get(metricSet);
    if (known) return known;
    const layout = await this.layouts(metricSet);
    const made = { layout, tallies: emptyTallies(layout), results: 0 };
    this.bySet.set(metricSet, made);
    return made;
  }

  rows(): MadeRow[] {
    return [...this.bySet].map(([metricSet, { tallies, results }]) => ({ metricSet, results, ...packTallies(results, tallies) }));
  }
}

/** Makes the rows of marked buckets, from the results in them or from the rows of the finer level. Reads alone. */
export class RollupMaker {
  constructor(
    private readonly store: Store,
    private readonly metricSets: MetricSets,
    private readonly catalogue: Pick<CatalogueService, 'metric'>,
  ) {}

  async make(mark: Mark): Promise<MadeBucket> {
    const level = levelOf(mark.level);
    const finer = finerThan(level);
    const sums = new Sums((id) => this.layoutFor(id));
    const fromResults = !finer || mark.raw === 1 || (await this.madeFromResults(mark));
    if (fromResults) await this.sumResults(sums, mark, level);
    else await this.sumFiner(sums, mark, level, finer);
    return { mark, source: fromResults ? RowSource.RESULTS : RowSource.FINER, rows: sums.rows() };
  }

  /** Once made from results, always: the finer level has not all of them. */
  private async madeFromResults({ assignment, level, bucket }: Mark): Promise<boolean> {
    const rows = await this.store.read<{ source: number }>(MADE_BEFORE, [assignment, level, bucket]);
    return rows.some(({ source }) => source === RowSource.RESULTS);
  }

  private async sumResults(sums: Sums, { assignment, bucket }: Mark, { ms }: Level): Promise<void> {
    let last = { at: bucket, seq: -1 };
    for (let full = true; full;) {
      const rows = await this.store.read<ResultRow>(RESULTS, [assignment, bucket, bucket + ms, last.at, last.seq]);
      for (const row of rows) {
        const sum = await sums.of(row.metricSet);
        sum.results += 1;
        addResult(sum.tallies, sum.layout, rawNumbersOf(row));
        last = row;
      }
      full = rows.length === RESULTS_A_PAGE;
      await setImmediate();
    }
  }

  private async sumFiner(sums: Sums, { assignment, bucket }: Mark, { ms }: Level, finer: Level): Promise<void> {
    let last = { bucket, metricSet: -1 };
    for (let full = true; full;) {
      const bindings = [assignment, finer.id, bucket + ms, last.bucket, last.metricSet];
      const rows = await this.store.read<FinerRow>(FINER, bindings);
      for (const row of rows) {
        const sum = await sums.of(row.metricSet);
        sum.results += row.results;
        unpackRow(row, row.results, sum.tallies);
        last = row;
      }
      full = rows.length === FINER_A_PAGE;
      await setImmediate();
    }
  }

  private async layoutFor(metricSet: number): Promise<Layout> {
    const set: MetricSet = await this.metricSets.get(this.store.read, metricSet);
    return layoutOf(set, this.catalogue);
  }
}

function rawNumbersOf({ numbers, samples }: ResultRow): Parameters<typeof addResult>[2] {
  return { numbers: JSON.parse(numbers) as (number | null)[], samples: unpackSamples(samples) };
}
