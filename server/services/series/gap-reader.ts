import type { Store } from '../store.js';
import { without, type Stretch } from '../rollups/stretches.js';
import { GapSearch } from './gap-search.js';
import { GAP_INTERVALS, gapBetween, type FoundGap, type GapClues, type Mark } from './gaps.js';
import { deafStretches } from '../server-life.js';

/** A heartbeat tells of a clock's step at most so long after it. */
const STEP_TOLD_WITHIN_MS = 120_000;

/** Whose gaps are asked for; times in ms since 1970, `to` exclusive. */
export interface GapQuery {
  readonly assignment: number;
  readonly testId: string;
  readonly agentId: string;
  readonly intervalMs: number;
  readonly from: number;
  readonly to: number;
  /** Until when results are due by now; undefined where the test does not run: what is missing at the end is missing then. */
  readonly dueUntil?: number;
}

interface Neighbours {
  readonly at: number;
  readonly sequence: number;
  readonly beforeAt: number;
  readonly beforeSequence: number;
  readonly beforeRuns: string;
  readonly runs: string | null;
}

// From the last result before the range, so that a gap over its edge shows; the runs of the result before say whether the agent was still busy.
const NEIGHBOURS = `with marks as (
    select at, seq, sequence, lag(at) over w as before_at, lag(sequence) over w as before_sequence, lag(seq) over w as before_seq
    from result
    where assignment = ?1 and at < ?3
      and at >= coalesce((select max(at) from result where assignment = ?1 and at < ?2), ?2)
    window w as (order by at, seq))
  select m.at, m.sequence, m.before_at as "beforeAt", m.before_sequence as "beforeSequence", r.runs as "beforeRuns", own.runs as runs
  from marks m
  join result r on r.assignment = ?1 and r.at = m.before_at and r.seq = m.before_seq
  join result own on own.assignment = ?1 and own.at = m.at and own.seq = m.seq
  where m.at - m.before_at > ?4 order by m.at`;

const LAST = `select at as "beforeAt", sequence as "beforeSequence", runs as "beforeRuns" from result
  where assignment = ? and at < ? order by at desc, seq desc limit 1`;

/** Reads where results are missing, and why. */
export class GapReader {
  private readonly search: GapSearch;

  constructor(private readonly store: Store) {
    this.search = new GapSearch(store);
  }

  async gaps(query: GapQuery): Promise<FoundGap[]> {
    const clues = await this.clues(query);
    const { assignment, intervalMs } = query;
    const rows: Neighbours[] = [];
    for (const { from, to } of await this.search.stretches(query)) {
      // The result that ends a gap is the first behind the stretch.
      const until = Math.min(query.to, to + 2 * intervalMs);
      rows.push(...(await this.store.read<Neighbours>(NEIGHBOURS, [assignment, from, until, GAP_INTERVALS * intervalMs])));
    }
    const found = [...rows, ...(await this.unfinished(query))].map((row) => gapBetween(beforeOf(row), afterOf(row), clues));
    return found.filter((gap) => gap !== undefined);
  }

  /** Between the last result and now, while results are due. */
  private async unfinished({ assignment, to, dueUntil }: GapQuery): Promise<Neighbours[]> {
    if (dueUntil === undefined) return [];
    const rows = await this.store.read<Omit<Neighbours, 'at' | 'sequence' | 'runs'>>(LAST, [assignment, to]);
    return rows.map((row) => ({ ...row, at: Math.min(to, dueUntil), sequence: row.beforeSequence, runs: null }));
  }

  private async clues({ testId, agentId, intervalMs, from, to }: GapQuery): Promise<GapClues> {
    const tests = await this.store.read<TimedWord>(
      'select at, status as word from test_event where test_id = ? and at < ? order by at, id',
      [testId, to],
    );
    const agents = await this.store.read<TimedWord>(
      'select at, kind as word from agent_event where agent_id = ? and at < ? order by at, id',
      [agentId, to],
    );
    const events = (kind: string, spreadMs: number): Stretch[] =>
      agents.filter(({ word, at }) => word === kind && at >= from).map(({ at }) => ({ from: at - spreadMs, to: at }));
    const presence = agents.filter(({ word }) => word === 'OFFLINE' || word === 'BACK');
    const allowed = agents.filter(({ word }) => word === 'DISABLED' || word === 'ENABLED');
    const deaf = await deafStretches(this.store.read, from, to);
    return {
      intervalMs,
      paused: stretches(tests, (word) => word !== 'RUNNING'),
      disabled: stretches(allowed, (word) => word === 'DISABLED'),
      offline: stretches(presence, (word) => word === 'OFFLINE').flatMap((away) => without(away, deaf)),
      overflow: events('DROPPED', intervalMs),
      stepped: events('CLOCK_STEP', STEP_TOLD_WITHIN_MS),
    };
  }
}

interface TimedWord {
  readonly at: number;
  readonly word: string;
}

/** From each word that counts to the next one that does not. */
function stretches(words: readonly TimedWord[], counts: (word: string) => boolean): Stretch[] {
  return words.flatMap(({ at, word }, index) => (counts(word) ? [{ from: at, to: words[index + 1]?.at ?? Infinity }] : []));
}

type PackedRun = [form: number, status: number, offset: number, duration: number, ...more: unknown[]];

function beforeOf({ beforeAt, beforeSequence, beforeRuns }: Neighbours): Mark {
  const runs = JSON.parse(beforeRuns) as PackedRun[];
  const longest = Math.max(0, ...runs.map(([, , offset, duration]) => offset + duration));
  return { at: beforeAt, sequence: beforeSequence, endedAt: beforeAt + longest, crashed: crashedIn(runs) };
}

function afterOf({ at, sequence, runs }: Neighbours): Omit<Mark, 'endedAt'> {
  return { at, sequence, crashed: runs !== null && crashedIn(JSON.parse(runs) as PackedRun[]) };
}

/** A run's error code is the first text behind its four numbers. */
function crashedIn(runs: readonly PackedRun[]): boolean {
  return runs.some(([, , , , ...more]) => more.find((each) => typeof each === 'string') === 'CRASHED');
}
