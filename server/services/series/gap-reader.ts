import type { Store } from '../store.js';
import type { Intervals } from '../tests/intervals.js';
import { cluesOf, firstRunOf } from './gap-clues.js';
import { GapSearch } from './gap-search.js';
import { GAP_INTERVALS, gapsBetween, type Edge, type FoundGap, type Mark } from './gaps.js';

/** Whose gaps are asked for; times in ms since 1970, `to` exclusive. */
export interface GapQuery {
  readonly assignment: number;
  readonly testId: string;
  readonly agentId: string;
  readonly intervals: Intervals;
  /** Each session of the test is one cycle. */
  readonly oneCycle: boolean;
  readonly from: number;
  readonly to: number;
  /** From when to when the assignment was to bring results, at most. */
  readonly dueFrom: number;
  readonly dueUntil: number;
}

interface Before {
  readonly beforeAt: number;
  readonly beforeSequence: number;
  readonly beforeRevision: number;
  readonly beforeRuns: string;
}

interface Neighbours extends Before {
  readonly at: number;
  readonly sequence: number;
  readonly revision: number;
  readonly runs: string;
}

/** The part of the range in which results are due at all; `since` when they are due, also before the range. */
interface Due {
  readonly since: number;
  readonly from: number;
  readonly to: number;
}

type Pair = readonly [before: Edge, after: Edge];

// From the last result before the range, so that a gap over its edge shows; the runs of the result before say whether the agent was still busy.
const NEIGHBOURS = `with marks as (
    select at, seq, sequence, revision, lag(at) over w as before_at, lag(sequence) over w as before_sequence,
      lag(revision) over w as before_revision, lag(seq) over w as before_seq
    from result
    where assignment = ?1 and at < ?3
      and at >= coalesce((select max(at) from result where assignment = ?1 and at < ?2), ?2)
    window w as (order by at, seq))
  select m.at, m.sequence, m.revision, m.before_at as "beforeAt", m.before_sequence as "beforeSequence", m.before_revision as "beforeRevision",
    r.runs as "beforeRuns", own.runs as runs
  from marks m
  join result r on r.assignment = ?1 and r.at = m.before_at and r.seq = m.before_seq
  join result own on own.assignment = ?1 and own.at = m.at and own.seq = m.seq
  where m.at - m.before_at > ?4 order by m.at`;

const FIRST = 'select min(at) as at from result where assignment = ?';
const LAST = `select at as "beforeAt", sequence as "beforeSequence", revision as "beforeRevision", runs as "beforeRuns" from result
  where assignment = ? and at < ? order by at desc, seq desc limit 1`;

/** Reads where results are missing, and why. */
export class GapReader {
  private readonly search: GapSearch;

  constructor(private readonly store: Store) {
    this.search = new GapSearch(store);
  }

  async gaps(query: GapQuery): Promise<FoundGap[]> {
    const first = (await this.store.read<{ at: number | null }>(FIRST, [query.assignment]))[0]?.at ?? undefined;
    const due = await this.dueIn(query);
    const pairs = [...leading(due, first), ...(await this.between(query)), ...(await this.trailing(query, due))];
    if (pairs.length === 0) return [];
    const from = Math.min(...pairs.map(([{ at }]) => at));
    const clues = await cluesOf(this.store.read, { ...query, from });
    return pairs.flatMap(([before, after]) => gapsBetween(before, after, clues)).sort((one, other) => one.from - other.from);
  }

  private async dueIn({ testId, from, to, dueFrom, dueUntil }: GapQuery): Promise<Due> {
    const since = Math.max(dueFrom, (await firstRunOf(this.store.read, testId)) ?? Infinity);
    return { since, from: Math.max(from, since), to: Math.min(to, dueUntil) };
  }

  private async between(query: GapQuery): Promise<Pair[]> {
    const { assignment, intervals } = query;
    const shortest = 1000 * intervals.shortestSeconds(query.from, query.to);
    const pairs: Pair[] = [];
    for (const { from, to } of await this.search.stretches({ ...query, shortest })) {
      // The result that ends a gap is the first behind the stretch.
      const until = Math.min(query.to, to + 2 * Math.max(intervals.at(from), intervals.at(to)));
      const rows = await this.store.read<Neighbours>(NEIGHBOURS, [assignment, from, until, GAP_INTERVALS * shortest]);
      for (const row of rows) pairs.push([beforeOf(row, intervals), afterOf(row, intervals)]);
    }
    return pairs;
  }

  /** From the last result on, as long as more were due. */
  private async trailing({ assignment, to, intervals }: GapQuery, due: Due): Promise<Pair[]> {
    const [row] = await this.store.read<Before>(LAST, [assignment, to]);
    if (!row || row.beforeAt >= due.to) return [];
    // A result from before anything was due says nothing of what came after it.
    const last = row.beforeAt < due.since ? { at: due.from } : beforeOf(row, intervals);
    return last.at < due.to ? [[last, { at: due.to }]] : [];
  }
}

/** Up to the first result, or the end where none came. */
function leading(due: Due, first: number | undefined): Pair[] {
  const until = Math.min(due.to, first ?? Infinity);
  return due.from < until ? [[{ at: due.from }, { at: until }]] : [];
}

type PackedRun = [form: number, status: number, offset: number, duration: number, ...more: unknown[]];

function beforeOf({ beforeAt, beforeSequence, beforeRevision, beforeRuns }: Before, intervals: Intervals): Edge & { result: Mark } {
  const runs = JSON.parse(beforeRuns) as PackedRun[];
  const longest = Math.max(0, ...runs.map(([, , offset, duration]) => offset + duration));
  const intervalMs = intervals.ofRevision(beforeRevision);
  return { at: beforeAt, result: { sequence: beforeSequence, intervalMs, endedAt: beforeAt + longest, crashed: crashedIn(runs) } };
}

function afterOf({ at, sequence, revision, runs }: Neighbours, intervals: Intervals): Edge {
  const crashed = crashedIn(JSON.parse(runs) as PackedRun[]);
  return { at, result: { sequence, intervalMs: intervals.ofRevision(revision), crashed } };
}

/** A run's error code is the first text behind its four numbers. */
function crashedIn(runs: readonly PackedRun[]): boolean {
  return runs.some(([, , , , ...more]) => more.find((each) => typeof each === 'string') === 'CRASHED');
}
