import type { Store } from '../store/store.js';
import type { Dialect } from '../store/dialect.js';
import { formsNamed, unpackDetails, unpackRuns, type MetricSet, type RunHead } from './codec.js';
import type { MetricSets, RunForms } from './intern.js';
import { statusName } from './status.js';
import { hexToUuid, millisecondsOf, uuidToHex } from './uuid.js';

/** A stored result, its packed columns still packed. Times as they are: ms since 1970. */
export interface StoredResult {
  readonly seq: number;
  readonly id: string;
  readonly testId: string;
  readonly agentId: string;
  readonly targetId: string;
  readonly at: number;
  readonly scheduledAt: number;
  readonly receivedAt: number;
  readonly sequence: number;
  readonly revision: number;
  readonly status: string;
  readonly set: MetricSet;
  readonly numbers: string;
  readonly bounds: string | null;
  readonly runs: string;
}

/** Which results of a test; times in ms since 1970, `from` and `to` of their start, `to` exclusive. */
export interface ResultFilter {
  readonly agentId?: string | null;
  readonly targetId?: string | null;
  readonly from?: number;
  readonly to?: number;
  readonly receivedAfter?: number;
}

/** A result's place in a list that is newest first. */
export interface ResultKey {
  readonly at: number;
  readonly seq: number;
}

interface Row extends Omit<StoredResult, 'id' | 'status' | 'set' | 'scheduledAt' | 'receivedAt'> {
  readonly hex: string;
  readonly scheduled: number;
  readonly received: number;
  readonly status: number;
  readonly metricSet: number;
}

const columns = ({
  hexFromId,
}: Dialect): string => `r.seq, ${hexFromId('r.id')} as hex, a.test_id as "testId", a.agent_id as "agentId", a.target_id as "targetId", r.at, r.scheduled, r.received,
  r.sequence, r.revision, r.status, r.metric_set as "metricSet", r.numbers, r.bounds, r.runs`;
const VISIBLE = 'join assignment a on a.id = r.assignment join test t on t.id = a.test_id and t.deleted_at is null';

// The start is in the id: named as well, it leads to the one part of the table that can hold it.
const byIds = (dialect: Dialect): string =>
  `select ${columns(dialect)} from ${dialect.rows({ hex: 'text', at: 'bigint' })} k
    join result r on r.id = ${dialect.idFromHex('k.hex')} and r.at = k.at ${VISIBLE}`;
const bySeq = (dialect: Dialect): string =>
  `select ${columns(dialect)} from ${dialect.values('bigint')} k join result r on r.seq = k.value ${VISIBLE}`;

// The cast tells PostgreSQL what a null is.
const OF_PAIR = '(cast(? as text) is null or a.agent_id = ?) and (cast(? as text) is null or a.target_id = ?)';

const FIRST = { at: Number.MAX_SAFE_INTEGER, seq: Number.MAX_SAFE_INTEGER };

/** Reads results. */
export class ResultReader {
  constructor(
    private readonly store: Store,
    private readonly metricSets: MetricSets,
    private readonly forms: RunForms,
  ) {}

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

  /** Up to `limit` results of a test, newest first, after `after`. Each assignment's newest are merged: the key serves both. */
  async page(testId: string, filter: ResultFilter, limit: number, after: ResultKey = FIRST): Promise<StoredResult[]> {
    const { where, bindings } = conditions(filter);
    const newest = `from result where assignment = a.id and at <= ? and (at, seq) < (?, ?) ${where} order by at desc, seq desc limit ?`;
    const { dialect } = this.store.read;
    const query = `select ${columns(dialect)} from assignment a ${dialect.joinEach('result', 'r', 'seq', newest)}
      where a.test_id = ? and ${OF_PAIR}
      order by r.at desc, r.seq desc limit ?`;
    const { agentId = null, targetId = null } = filter;
    const keys = [after.at, after.at, after.seq, ...bindings, limit];
    const rows = await this.store.read<Row>(query, [...keys, testId, agentId, agentId, targetId, targetId, limit]);
    return this.unpack(rows);
  }

  /** How many there are, by the maintained counters; null where times filter, since that would need a count. */
  async count(testId: string, { agentId = null, targetId = null, ...times }: ResultFilter): Promise<number | null> {
    if (Object.values(times).some((time) => time !== undefined)) return null;
    const query = `select coalesce(sum(results), 0) as n from assignment
      as a where test_id = ? and ${OF_PAIR}`;
    const [row] = await this.store.read<{ n: number }>(query, [testId, agentId, agentId, targetId, targetId]);
    return row?.n ?? 0;
  }

  /** The runs of each result, without their details. */
  async runs(results: readonly StoredResult[]): Promise<RunHead[][]> {
    const forms = await this.forms.get(
      this.store.read,
      results.flatMap(({ runs }) => [...formsNamed(runs)]),
    );
    return results.map(({ runs, at }) => unpackRuns(runs, at, forms));
  }

  /** Flow and details of each run, by the results' row numbers; an empty list where none has any. */
  async details(seqs: readonly number[]): Promise<ReturnType<typeof unpackDetails>[]> {
    const query = `select seq, body from result_detail where seq in ${this.store.read.dialect.values('bigint')}`;
    const rows = await this.store.read<{ seq: number; body: string }>(query, [JSON.stringify(seqs)]);
    const bodies = new Map(rows.map(({ seq, body }) => [seq, body]));
    return seqs.map((seq) => {
      const body = bodies.get(seq);
      return body === undefined ? [] : unpackDetails(body);
    });
  }

  private async unpack(rows: readonly Row[]): Promise<StoredResult[]> {
    const sets = await this.metricSets.all(
      this.store.read,
      rows.map(({ metricSet }) => metricSet),
    );
    return rows.map(({ hex, scheduled, received, status, metricSet, ...row }) => {
      const times = { scheduledAt: row.at + scheduled, receivedAt: row.at + received };
      return { ...row, ...times, id: hexToUuid(hex), status: statusName(status), set: sets.get(metricSet) as MetricSet };
    });
  }
}

function conditions({ from, to, receivedAfter }: ResultFilter): { where: string; bindings: number[] } {
  const given: [string, number | undefined][] = [
    ['at >= ?', from],
    ['at < ?', to],
    ['at + received > ?', receivedAfter],
  ];
  const used = given.filter((each): each is [string, number] => each[1] !== undefined);
  return { where: used.map(([condition]) => `and ${condition}`).join(' '), bindings: used.map(([, value]) => value) };
}
