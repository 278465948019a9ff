import { union, without, type Stretch } from '../rollups/stretches.js';
import { deafStretches } from '../server-life.js';
import type { RunSql } from '../store.js';
import type { Intervals } from '../tests/intervals.js';
import type { GapClues } from './gaps.js';

/** A heartbeat tells of a clock's step, and of results that were given up, at most so long after it. */
const TOLD_WITHIN_MS = 120_000;

/** Of which test and agent, and when; times in ms since 1970. */
export interface CluesQuery extends Stretch {
  readonly testId: string;
  readonly agentId: string;
  readonly intervals: Intervals;
  readonly oneCycle: boolean;
}

interface TimedWord {
  readonly at: number;
  readonly word: string;
}

// The last word before the range says how things stood when it began.
const STATUSES = `select at, word from (
    select at, id, status as word from test_event where test_id = ?1 and at >= ?2 and at < ?3
    union all select * from (select at, id, status as word from test_event where test_id = ?1 and at < ?2 order by at desc, id desc limit 1) b
  ) e order by at, id`;
const PRESENCE = `select at, word from (
    select at, id, kind as word from agent_event where agent_id = ?1 and at >= ?2 and at < ?3
    union all select * from (
      select at, id, kind as word from agent_event where agent_id = ?1 and at < ?2 and kind in ('OFFLINE', 'BACK') order by at desc, id desc limit 1) b
    union all select * from (
      select at, id, kind as word from agent_event where agent_id = ?1 and at < ?2 and kind in ('DISABLED', 'ENABLED') order by at desc, id desc limit 1) c
  ) e order by at, id`;
const FIRST_RUN = 'select min(at) as at from test_event where test_id = ?';

/** When a test was first to do anything; undefined where nothing is remembered of it. */
export async function firstRunOf(sql: RunSql, testId: string): Promise<number | undefined> {
  const [first] = await sql<{ at: number | null }>(FIRST_RUN, [testId]);
  return first?.at ?? undefined;
}

/** What explains gaps within a time: of an agent's whole life only what lies in it. */
export async function cluesOf(sql: RunSql, { testId, agentId, from, to, intervals, oneCycle }: CluesQuery): Promise<GapClues> {
  const tests = await sql<TimedWord>(STATUSES, [testId, from, to]);
  const agents = await sql<TimedWord>(PRESENCE, [agentId, from, to + TOLD_WITHIN_MS]);
  const told = (kind: string): Stretch[] =>
    agents.filter(({ word, at }) => word === kind && at >= from).map(({ at }) => ({ from: at - TOLD_WITHIN_MS, to: at }));
  const absences = stretches(
    agents.filter(({ word }) => word === 'OFFLINE' || word === 'BACK'),
    (word) => word === 'OFFLINE',
  );
  const allowed = agents.filter(({ word }) => word === 'DISABLED' || word === 'ENABLED');
  const deaf = await deafStretches(sql, from, to);
  const dropped = told('DROPPED');
  return {
    intervalAt: (moment) => intervals.at(moment),
    oneCycle,
    paused: stretches(tests, (word) => word !== 'RUNNING'),
    disabled: stretches(allowed, (word) => word === 'DISABLED'),
    offline: absences.flatMap((away) => without(away, deaf)),
    // An outbox overflows while its agent is cut off, and says so when it is back: what is missing of that time then is what it gave up, the rest came late.
    lost: union([...absences, ...deaf]).filter((away) => dropped.some((word) => word.from <= away.to && away.from < word.to)),
    overflow: dropped,
    stepped: told('CLOCK_STEP'),
  };
}

/** From each word that counts to the next one that does not. */
function stretches(words: readonly TimedWord[], counts: (word: string) => boolean): Stretch[] {
  return words.flatMap(({ at, word }, index) => (counts(word) ? [{ from: at, to: words[index + 1]?.at ?? Infinity }] : []));
}
