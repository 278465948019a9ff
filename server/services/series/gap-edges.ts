import { parseRuns, type PackedRun } from '../results/codec.js';
import type { RunSql } from '../store.js';
import type { Dialect } from '../store/dialect.js';
import type { Intervals } from '../tests/intervals.js';
import type { Looked } from './gap-search.js';
import type { Edge, Mark } from './gaps.js';

/** The result at which a gap may begin, as it is read. */
interface Before {
  readonly beforeAt: number;
  readonly beforeSequence: number;
  readonly beforeRevision: number;
  readonly beforeRuns: string;
}

interface Neighbours extends Before {
  readonly assignment: number;
  readonly at: number;
  readonly sequence: number;
  readonly revision: number;
  readonly runs: string;
}

/** What an assignment has in a range, and around it. */
export interface Ends {
  readonly assignment: number;
  /** Its first result ever, ms since 1970. */
  readonly first: number | undefined;
  /** How many results it has in the range: of more than are looked at, one more. */
  readonly results: number;
  /** Its last result before the end of the range. */
  readonly last: (Edge & { readonly result: Mark }) | undefined;
}

/** Two results one after the other, so far apart that some may be missing between them. */
export interface Apart {
  readonly assignment: number;
  readonly before: Edge;
  readonly after: Edge;
}

type EndRow = Pick<Neighbours, 'assignment'> & { readonly first: number | null; readonly n: number } & (
    Before | { readonly beforeAt: null }
  );

// Of results of the same moment the one that was stored last comes last.
const endsOf = ({ values }: Dialect): string => `with ends as materialized (
    select a.value as assignment, (select min(at) from result where assignment = a.value) as first,
      (select count(*) from (select 1 from result where assignment = a.value and at >= ? and at < ? limit ?) c) as n,
      (select max(at) from result where assignment = a.value and at < ?) as last_at
    from ${values('integer')} a)
  select e.assignment, e.first, e.n, r.at as "beforeAt", r.sequence as "beforeSequence", r.revision as "beforeRevision", r.runs as "beforeRuns"
  from ends e left join result r on r.assignment = e.assignment and r.at = e.last_at order by r.seq`;

const STRETCHES = { place: 'integer', assignment: 'integer', since: 'bigint', until: 'bigint' } as const;
const runsOf = (at: string, seq: string): string =>
  `(select r.runs from result r where r.assignment = m.assignment and r.at = ${at} and r.seq = ${seq})`;
// From the last result before a stretch, so that a gap over its edge shows; the runs of the result before say whether the agent was still busy.
const neighboursOf = ({ rows, lookUp }: Dialect): string => `with asked as materialized (
    select q.place, q.assignment, q.until, coalesce((select max(at) from result where assignment = q.assignment and at < q.since), q.since) as since
    from ${rows(STRETCHES)} q),
  marks as (
    select q.place, r.assignment, r.at, r.seq, r.sequence, r.revision, lag(r.at) over w as before_at, lag(r.sequence) over w as before_sequence,
      lag(r.revision) over w as before_revision, lag(r.seq) over w as before_seq
    from asked q ${lookUp('result', 'r', 'r.assignment = q.assignment and r.at >= q.since and r.at < q.until')}
    window w as (partition by q.place order by r.at, r.seq))
  select m.assignment, m.at, m.sequence, m.revision, m.before_at as "beforeAt", m.before_sequence as "beforeSequence",
    m.before_revision as "beforeRevision", ${runsOf('m.before_at', 'm.before_seq')} as "beforeRuns", ${runsOf('m.at', 'm.seq')} as runs
  from marks m where m.at - m.before_at > ? order by m.place, m.at`;

/** What each of these assignments has from `from` on until before `to`; at most `most` results are counted. */
export async function endsIn(
  sql: RunSql,
  assignments: readonly number[],
  { from, to, intervals, most }: { readonly from: number; readonly to: number; readonly intervals: Intervals; readonly most: number },
): Promise<ReadonlyMap<number, Ends>> {
  const rows = await sql<EndRow>(endsOf(sql.dialect), [from, to, most, to, JSON.stringify(assignments)]);
  return new Map(
    rows.map(({ assignment, first, n, ...last }) => {
      const known = last.beforeAt === null ? undefined : beforeOf(last, intervals);
      return [assignment, { assignment, first: first ?? undefined, results: Number(n), last: known }];
    }),
  );
}

/** Neighbours within these stretches that are more than `apartMs` apart, of one stretch after the other, ascending. */
export async function neighboursIn(sql: RunSql, stretches: readonly Looked[], intervals: Intervals, apartMs: number): Promise<Apart[]> {
  const listed = stretches.map(({ assignment, from, to }, place) => [place, assignment, from, to]);
  const rows = await sql<Neighbours>(neighboursOf(sql.dialect), [JSON.stringify(listed), apartMs]);
  return rows.map((row) => ({ assignment: row.assignment, before: beforeOf(row, intervals), after: afterOf(row, intervals) }));
}

function beforeOf({ beforeAt, beforeSequence, beforeRevision, beforeRuns }: Before, intervals: Intervals): Edge & { result: Mark } {
  const runs = parseRuns(beforeRuns);
  const longest = Math.max(0, ...runs.map(([, , offset, duration]) => offset + duration));
  const intervalMs = intervals.ofRevision(beforeRevision);
  return { at: beforeAt, result: { sequence: beforeSequence, intervalMs, endedAt: beforeAt + longest, crashed: crashedIn(runs) } };
}

function afterOf({ at, sequence, revision, runs }: Neighbours, intervals: Intervals): Edge {
  const crashed = crashedIn(parseRuns(runs));
  return { at, result: { sequence, intervalMs: intervals.ofRevision(revision), crashed } };
}

/** A run's error code is the first text behind its four numbers. */
function crashedIn(runs: readonly PackedRun[]): boolean {
  return runs.some(([, , , , ...more]) => more.find((each) => typeof each === 'string') === 'CRASHED');
}
