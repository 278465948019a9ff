import type { Store } from '../store/store.js';
import type { Dialect } from '../store/dialect.js';
import { detailFormsNamed, formsNamed, parseRuns, unpackDetails, unpackRuns, type MetricSet, type RunHead } from './codec.js';
import type { MetricSets } from './intern.js';
import type { ResultForms } from './result-forms.js';
import type { PageQuery } from './page-query.js';
import { ResultPages } from './pages.js';
import { statusName } from './status.js';
import { columns, VISIBLE, type ResultFilter, type ResultKey, type Row, type StoredResult } from './stored-result.js';
import { hexToUuid, millisecondsOf, uuidToHex } from './uuid.js';

// The start is in the id: named as well, it leads to the one part of the table that can hold it.
const byIds = (dialect: Dialect): string =>
  `select ${columns(dialect)} from ${dialect.rows({ hex: 'text', at: 'bigint' })} k
    join result r on r.id = ${dialect.idFromHex('k.hex')} and r.at = k.at ${VISIBLE}`;
const bySeq = (dialect: Dialect): string =>
  `select ${columns(dialect)} from ${dialect.values('bigint')} k join result r on r.seq = k.value ${VISIBLE}`;

/** Reads results. */
export class ResultReader {
  private readonly listed: ResultPages;

  constructor(
    private readonly store: Store,
    private readonly metricSets: MetricSets,
    private readonly forms: ResultForms,
  ) {
    this.listed = new ResultPages(store);
  }

  /** The results with these ids, of tests that were not deleted; undefined where there is none. */
  async byIds(ids: readonly string[]): Promise<(StoredResult | undefined)[]> {
    const keys = ids.flatMap((id) => {
      const hex = uuidToHex(id);
      return hex === undefined ? [] : [[hex, millisecondsOf(hex)]];
    });
    const rows = await this.store.read<Row>(byIds(this.store.read.dialect), [JSON.stringify(keys)]);
    const found = new Map((await this.unpack(rows)).map((result) => [result.id, result]));
    return ids.map((id) => found.get(id));
  }

  /** The results with these row numbers; undefined where one is gone. */
  async bySeq(seqs: readonly number[]): Promise<(StoredResult | undefined)[]> {
    const rows = await this.store.read<Row>(bySeq(this.store.read.dialect), [JSON.stringify(seqs)]);
    const found = new Map((await this.unpack(rows)).map((result) => [result.seq, result]));
    return seqs.map((seq) => found.get(seq));
  }

  /** Up to `limit` results of a test, newest first, after `after`. */
  async page(testId: string, filter: ResultFilter, limit: number, after?: ResultKey): Promise<StoredResult[]> {
    const [page = []] = await this.pages([testId], { filter, limit, ...(after ? { after } : {}) });
    return page;
  }

  /** The same page of each test. */
  async pages(testIds: readonly string[], query: PageQuery): Promise<StoredResult[][]> {
    const read = await this.listed.rows(testIds, query);
    const results = new Map((await this.unpack(read.flat())).map((result) => [result.seq, result]));
    return read.map((rows) => rows.flatMap(({ seq }) => results.get(seq) ?? []));
  }

  /** How many each test has, by the maintained counters; null where times filter, since that would need a count. */
  counts(testIds: readonly string[], filter: ResultFilter): Promise<(number | null)[]> {
    return this.listed.counts(testIds, filter);
  }

  /** The runs of each result, without their details. */
  async runs(results: readonly StoredResult[]): Promise<RunHead[][]> {
    const packed = results.map(({ runs }) => parseRuns(runs));
    const forms = await this.forms.runs.get(this.store.read, packed.flatMap(formsNamed));
    return packed.map((runs, index) => unpackRuns(runs, results[index]?.at ?? Number.NaN, forms));
  }

  /** Flow and details of each run, by the results' row numbers; an empty list where none has any. */
  async details(seqs: readonly number[]): Promise<ReturnType<typeof unpackDetails>[]> {
    const query = `select seq, body from result_detail where seq in ${this.store.read.dialect.values('bigint')}`;
    const rows = await this.store.read<{ seq: number; body: string }>(query, [JSON.stringify(seqs)]);
    const bodies = new Map(rows.map(({ seq, body }) => [seq, body]));
    const forms = await this.forms.details.get(this.store.read, rows.flatMap(({ body }) => detailFormsNamed(body))); // prettier-ignore
    return seqs.map((seq) => {
      const body = bodies.get(seq);
      return body === undefined ? [] : unpackDetails(body, forms);
    });
  }

  private async unpack(rows: readonly Row[]): Promise<StoredResult[]> {
    const sets = await this.metricSets.all(
      this.store.read,
      rows.map(({ metricSet }) => metricSet),
    );
    return rows.map((row) => storedResult(row, sets.get(row.metricSet) as MetricSet));
  }
}

/** Field by field: spread objects take V8 two kilobytes each, and there are fifty in a page. */
function storedResult(row: Row, set: MetricSet): StoredResult {
  return {
    seq: row.seq,
    id: hexToUuid(row.hex),
    testId: row.testId,
    agentId: row.agentId,
    targetId: row.targetId,
    at: row.at,
    scheduledAt: row.at + row.scheduled,
    receivedAt: row.at + row.received,
    sequence: row.sequence,
    revision: row.revision,
    status: statusName(row.status),
    set,
    numbers: row.numbers,
    bounds: row.bounds,
    runs: row.runs,
  };
}
