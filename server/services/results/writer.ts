import { markArrivals, type Arrival } from '../rollups/marks.js';
import { sideBySide } from '../store/side-by-side.js';
import type { RunSql } from '../store/store.js';
import type { ColumnType, Dialect } from '../store/dialect.js';
import { pack, splitRun, type FormNumbers, type PackedResult, type SplitRun } from './codec.js';
import type { NewForm } from './forms.js';
import type { ResultForms } from './result-forms.js';
import type { Place, Sent } from './placement.js';
import type { StoredResult } from './stored-result.js';
import { RESULT_STATUS } from './status.js';
import { uuidToHex } from './uuid.js';

/** A result that is to be stored. */
export interface Placed {
  readonly sent: Sent;
  readonly place: Place;
}

const COLUMNS: Readonly<Record<string, ColumnType>> = {
  ...{ seq: 'bigint', id: 'text', assignment: 'bigint', at: 'bigint', sequence: 'bigint', revision: 'integer', scheduled: 'bigint' },
  ...{ received: 'bigint', status: 'integer', metric_set: 'integer', numbers: 'text', samples: 'text', bounds: 'text', runs: 'text' },
};
const NAMES = Object.keys(COLUMNS);
// One statement and one binding, however many rows: a third cheaper than a statement a row or a binding a value.
const insertOf = ({ rows, idFromHex }: Dialect): string => `insert into result (${NAMES.join(', ')})
  select ${NAMES.map((name) => (name === 'id' ? idFromHex('v.id') : `v.${name}`)).join(', ')} from ${rows(COLUMNS)} v`;
// PostgreSQL keeps details in parts by time as well.
const DETAILS: Readonly<Record<Dialect['kind'], Readonly<Record<string, ColumnType>>>> = {
  sqlite: { seq: 'bigint', body: 'text' },
  postgres: { seq: 'bigint', body: 'text', at: 'bigint' },
};
const insertDetailsOf = ({ kind, rows }: Dialect): string =>
  `insert into result_detail (${Object.keys(DETAILS[kind]).join(', ')}) select * from ${rows(DETAILS[kind])} v`;
const COUNT_MINUTE = `insert into result_minute (minute, results) values (?, ?)
  on conflict (minute) do update set results = result_minute.results + excluded.results`;
const countAssignmentsOf = ({ rows, greatest }: Dialect): string => `update assignment as a set
    results = a.results + v.n, session_results = a.session_results + v.session,
    last_result = case when a.last_at is null or v.at >= a.last_at then v.seq else a.last_result end,
    last_at = ${greatest('coalesce(a.last_at, 0)', 'v.at')},
    status = coalesce(v.status, a.status), reason = case when v.status is null then a.reason else null end
  from ${rows({ id: 'bigint', n: 'integer', session: 'integer', at: 'bigint', seq: 'bigint', status: 'text' })} v
  where a.id = v.id`;

/** Stores results with all that is counted of them, and gives them back as they are stored. Must run in a transaction. */
export async function writeResults(sql: RunSql, forms: ResultForms, placed: readonly Placed[], now: number): Promise<StoredResult[]> {
  const seqs = await rowNumbers(sql, placed.length);
  const rows: unknown[][] = [];
  const details: unknown[][] = [];
  const stored: StoredResult[] = [];
  const split = placed.map(({ sent }) => sent.result.runs.map((run) => splitRun(run, forms.splitter.split(sourceOf(sent, run.probe), run.details)))); // prettier-ignore
  const numberOf = await formNumbers(sql, forms, placed, split, now);
  for (const [index, one] of placed.entries()) {
    const runs = split[index] as SplitRun[];
    const packed = pack(one.sent.result, one.place.set, runs, runs.map(numberOf));
    const result = storedOf(one, packed, seqs[index] as number, now);
    rows.push(rowOf(result, packed, one.place.assignment));
    if (packed.details !== null) details.push([result.seq, packed.details, result.at]);
    stored.push(result);
  }
  await sql(insertOf(sql.dialect), [JSON.stringify(rows)]);
  await sideBySide(sql, [
    () => (details.length > 0 ? sql(insertDetailsOf(sql.dialect), [JSON.stringify(details)]) : Promise.resolve()),
    () => sql(countAssignmentsOf(sql.dialect), [JSON.stringify(countsOf(placed, seqs))]),
    () => markArrivals(sql, placed.map(arrivalOf), now),
    () => sql(COUNT_MINUTE, [Math.floor(now / 60_000), placed.length]),
  ]);
  return stored;
}

/** Numbers for new rows, ascending. On SQLite nobody else writes meanwhile; on PostgreSQL several servers do. */
async function rowNumbers(sql: RunSql, count: number): Promise<number[]> {
  if (sql.dialect.kind === 'postgres') {
    const taken = await sql<{ seq: number }>("select nextval('result_seq') as seq from generate_series(1, cast(? as integer))", [count]);
    return taken.map(({ seq }) => seq);
  }
  const [last] = await sql<{ seq: number }>('select coalesce(max(seq), 0) as seq from result');
  return Array.from({ length: count }, (_, index) => (last?.seq ?? 0) + 1 + index);
}

/** Whose details look alike. */
function sourceOf({ agentId, result }: Sent, probe: string): string {
  return `${agentId} ${result.targetId} ${probe}`;
}

function arrivalOf({ sent, place: { assignment, intervalMs } }: Placed): Arrival {
  return { assignment, intervalMs, at: sent.result.startedAt.getTime() };
}

/** Stores the forms that are new; gives what a run's packed columns name its forms by. */
async function formNumbers(
  sql: RunSql,
  forms: ResultForms,
  placed: readonly Placed[],
  split: readonly (readonly SplitRun[])[],
  now: number,
): Promise<(run: SplitRun) => FormNumbers> {
  const runs = await forms.runs.all(sql, eachForm(placed, split, ({ form }) => form), now); // prettier-ignore
  const details = await forms.details.all(sql, eachForm(placed, split, (run) => run.details?.form), now); // prettier-ignore
  return (run) => ({ run: runs.get(run.form) ?? run.form, details: run.details && details.get(run.details.form) });
}

function* eachForm(
  placed: readonly Placed[],
  split: readonly (readonly SplitRun[])[],
  formOf: (run: SplitRun) => string | undefined,
): Iterable<NewForm> {
  for (const [index, { sent }] of placed.entries()) {
    for (const run of split[index] ?? []) {
      const text = formOf(run);
      if (text !== undefined) yield { text, agentId: sent.agentId };
    }
  }
}

function storedOf(
  { sent: { result, agentId }, place: { testId, set } }: Placed,
  packed: PackedResult,
  seq: number,
  now: number,
): StoredResult {
  const { id, targetId, sequence, revision, status } = result;
  const times = { at: result.startedAt.getTime(), scheduledAt: result.scheduledAt.getTime(), receivedAt: now };
  const { numbers, bounds, runs } = packed;
  return { seq, id, testId, agentId, targetId, ...times, sequence, revision, status, set, numbers, bounds, runs };
}

function rowOf(
  { seq, id, at, sequence, revision, scheduledAt, receivedAt, status, set }: StoredResult,
  packed: PackedResult,
  assignment: number,
): unknown[] {
  const head = [seq, uuidToHex(id), assignment, at, sequence, revision];
  // Both stand as their distance to `at`: 1 to 3 bytes in place of 6.
  const times = [scheduledAt - at, receivedAt - at];
  return [...head, ...times, RESULT_STATUS.indexOf(status), set.id, packed.numbers, packed.samples, packed.bounds, packed.runs];
}

/** [assignment, results, results of the session, latest start, its row, new status or null] an assignment. */
function countsOf(placed: readonly Placed[], seqs: readonly number[]): unknown[][] {
  const counts = new Map<number, { n: number; session: number; at: number; seq: number; place: Place }>();
  for (const [index, { sent, place }] of placed.entries()) {
    const at = sent.result.startedAt.getTime();
    const count = counts.get(place.assignment) ?? { n: 0, session: 0, at: -1, seq: 0, place };
    count.n += 1;
    if (place.inSession && (place.sessionRoom === null || count.session < place.sessionRoom)) count.session += 1;
    if (at >= count.at) Object.assign(count, { at, seq: seqs[index] as number });
    counts.set(place.assignment, count);
  }
  return [...counts].map(([id, { n, session, at, seq, place }]) => [id, n, session, at, seq, session > 0 ? nextStatus(place) : null]);
}

/** The first result of a session makes its assignment RUNNING; one that comes after the session's end mends "no result came". Null: as before. */
export function nextStatus({ testStatus, assignmentStatus }: Place): string | null {
  if (assignmentStatus === 'FAILED') return 'COMPLETED';
  const open = testStatus === 'RUNNING' || testStatus === 'PAUSED';
  return open && assignmentStatus === 'ASSIGNED' ? 'RUNNING' : null;
}
