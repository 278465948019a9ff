import type { Store } from '../store.js';
import { GAP_INTERVALS, gapBetween, type FoundGap, type GapClues, type Stretch } from './gaps.js';

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
}

// From the last result before the range, so that a gap over its edge shows; the runs of the result before say whether the agent was still busy.
const NEIGHBOURS = `with marks as (
    select at, sequence, seq, lag(at) over w as beforeAt, lag(sequence) over w as beforeSequence, lag(seq) over w as beforeSeq
    from result
    where assignment = ?1 and at < ?3
      and at >= coalesce((select max(at) from result where assignment = ?1 and at < ?2), ?2)
    window w as (order by at, seq))
  select m.at, m.sequence, m.beforeAt, m.beforeSequence, r.runs as beforeRuns
  from marks m join result r on r.seq = m.beforeSeq
  where m.at - m.beforeAt > ?4 order by m.at`;

const LAST = `select at as beforeAt, sequence as beforeSequence, runs as beforeRuns from result
  where assignment = ? and at < ? order by at desc, seq desc limit 1`;

/** Reads where results are missing, and why. */
export class GapReader {
  constructor(private readonly store: Store) {}

  async gaps(query: GapQuery): Promise<FoundGap[]> {
    const clues = await this.clues(query);
    const { assignment, from, to } = query;
    const rows = await this.store.read<Neighbours>(NEIGHBOURS, [assignment, from, to, GAP_INTERVALS * query.intervalMs]);
    const found = [...rows, ...(await this.unfinished(query))].map((row) => gapBetween(beforeOf(row), row, clues));
    return found.filter((gap) => gap !== undefined);
  }

  /** Between the last result and now, while results are due. */
  private async unfinished({ assignment, to, dueUntil }: GapQuery): Promise<Neighbours[]> {
    if (dueUntil === undefined) return [];
    const rows = await this.store.read<Omit<Neighbours, 'at' | 'sequence'>>(LAST, [assignment, to]);
    return rows.map((row) => ({ ...row, at: Math.min(to, dueUntil), sequence: row.beforeSequence }));
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
    const drops = agents.filter(({ word, at }) => word === 'DROPPED' && at >= from).map(({ at }) => ({ from: at - intervalMs, to: at }));
    const presence = agents.filter(({ word }) => word !== 'DROPPED');
    return {
      intervalMs,
      paused: stretches(tests, (word) => word !== 'RUNNING'),
      offline: stretches(presence, (word) => word === 'OFFLINE'),
      overflow: drops,
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

function beforeOf({ beforeAt, beforeSequence, beforeRuns }: Neighbours): { at: number; sequence: number; endedAt: number } {
  const runs = JSON.parse(beforeRuns) as [form: number, status: number, offset: number, duration: number][];
  const longest = Math.max(0, ...runs.map(([, , offset, duration]) => offset + duration));
  return { at: beforeAt, sequence: beforeSequence, endedAt: beforeAt + longest };
}
