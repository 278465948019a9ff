import { groupedBy } from '../lists.js';
import { union, without, type Stretch } from '../rollups/stretches.js';
import { deafStretches } from '../server-life.js';
import type { RunSql } from '../store.js';
import type { Dialect } from '../store/dialect.js';
import type { Intervals } from '../tests/intervals.js';
import type { GapClues } from './gaps.js';

/** A heartbeat tells of a clock's step, and of results that were given up, at most so long after it. */
const TOLD_WITHIN_MS = 120_000;

/** Of which test, and when; times in ms since 1970. */
export interface CluesQuery extends Stretch {
  readonly testId: string;
  readonly intervals: Intervals;
}

interface TimedWord {
  readonly at: number;
  readonly word: string;
}

interface AgentWord extends TimedWord {
  readonly agent: string;
}

// The last word before the range says how things stood when it began.
const STATUSES = `select at, word from (
    select at, id, status as word from test_event where test_id = ?1 and at >= ?2 and at < ?3
    union all select * from (select at, id, status as word from test_event where test_id = ?1 and at < ?2 order by at desc, id desc limit 1) b
  ) e order by at, id`;
const lastOf = (
  ...kinds: string[]
): string => `select e.agent_id as agent, e.at, e.id, e.kind as word from asked a join agent_event e on e.id = (
    select id from agent_event where agent_id = a.value and at < ? and kind in (${kinds.map((kind) => `'${kind}'`).join(', ')}) order by at desc, id desc limit 1)`;
const presenceOf = ({ values, lookUp }: Dialect): string => `with asked as (select value from ${values('text')} v)
  select agent, at, word from (
    select e.agent_id as agent, e.at, e.id, e.kind as word from asked a ${lookUp('agent_event', 'e', 'e.agent_id = a.value and e.at >= ? and e.at < ?')}
    union all ${lastOf('OFFLINE', 'BACK')}
    union all ${lastOf('DISABLED', 'ENABLED')}
    union all ${lastOf('LOST', 'LOST_UNTIL')}
  ) e order by at, id`;
const FIRST_RUN = 'select min(at) as at from test_event where test_id = ?';

/** When a test was first to do anything; undefined where nothing is remembered of it. */
export async function firstRunOf(sql: RunSql, testId: string): Promise<number | undefined> {
  const [first] = await sql<{ at: number | null }>(FIRST_RUN, [testId]);
  return first?.at ?? undefined;
}

/** What explains gaps of a test's agents within a time: of their whole life only what lies in it. Any other agent is taken to have been there throughout. */
export async function cluesOf(sql: RunSql, query: CluesQuery, agentIds: ReadonlySet<string>): Promise<(agentId: string) => GapClues> {
  const { testId, from, to } = query;
  const tests = await sql<TimedWord>(STATUSES, [testId, from, to]);
  const agents = await sql<AgentWord>(presenceOf(sql.dialect), [
    JSON.stringify([...agentIds]),
    from,
    to + TOLD_WITHIN_MS,
    from,
    from,
    from,
  ]);
  const deaf = await deafStretches(sql, from, to);
  const paused = stretches(tests, (word) => word !== 'RUNNING');
  const byAgent = groupedBy(agents, ({ agent }) => agent);
  return (agentId) => ({ ...cluesOfTest(query), paused, ...cluesOfAgent(byAgent.get(agentId) ?? [], from, deaf) });
}

function cluesOfTest({ intervals }: CluesQuery): Pick<GapClues, 'intervalAt' | 'oneCycle'> {
  return { intervalAt: (moment) => intervals.at(moment), oneCycle: intervals.oneCycle() };
}

function cluesOfAgent(
  words: readonly TimedWord[],
  from: number,
  deaf: readonly Stretch[],
): Omit<GapClues, 'intervalAt' | 'oneCycle' | 'paused'> {
  const told = (kind: string): Stretch[] =>
    words.filter(({ word, at }) => word === kind && at >= from).map(({ at }) => ({ from: at - TOLD_WITHIN_MS, to: at }));
  const absences = stretches(
    words.filter(({ word }) => word === 'OFFLINE' || word === 'BACK'),
    (word) => word === 'OFFLINE',
  );
  const allowed = words.filter(({ word }) => word === 'DISABLED' || word === 'ENABLED');
  const given = lossesOf(words);
  // What the agent says itself is exact; of an older one it is only known when it said that there was a loss.
  const dropped = given.length > 0 ? [] : told('DROPPED');
  return {
    disabled: stretches(allowed, (word) => word === 'DISABLED'),
    offline: absences.flatMap((away) => without(away, deaf)),
    // An outbox overflows while its agent is cut off, and says so when it is back: what is missing of that time then is what it gave up, the rest came late.
    lost: [
      ...given,
      ...union([...absences, ...deaf]).filter((away) => dropped.some((word) => word.from <= away.to && away.from < word.to)),
    ],
    overflow: dropped,
    stepped: told('CLOCK_STEP'),
  };
}

/** Where at least one loss was told that is not over: they may overlap. */
function lossesOf(words: readonly TimedWord[]): Stretch[] {
  const losses: Stretch[] = [];
  let open = 0;
  let since = 0;
  for (const { at, word } of words) {
    if (word === 'LOST' && open++ === 0) since = at;
    else if (word === 'LOST_UNTIL' && open > 0 && --open === 0) losses.push({ from: since, to: at });
  }
  return losses;
}

/** From each word that counts to the next one that does not. */
function stretches(words: readonly TimedWord[], counts: (word: string) => boolean): Stretch[] {
  return words.flatMap(({ at, word }, index) => (counts(word) ? [{ from: at, to: words[index + 1]?.at ?? Infinity }] : []));
}
