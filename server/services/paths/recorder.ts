import { uuidv7 } from 'uuidv7';
import type { Hop } from '../../entities/path.js';
import type { Placed } from '../results/writer.js';
import type { RunSql } from '../store/store.js';
import { mergeHops } from './hops.js';
import { advance, pathOf, type PathState } from './state.js';
import { traceOf, type Trace } from './trace.js';

/** A change that was recorded. */
export interface RecordedChange {
  readonly changeId: string;
  readonly testId: string;
}

interface StateRow {
  readonly at: number;
  readonly state: string;
}

const STATE = 'select at, state from path_state where assignment = ? and protocol = ?';
const KEEP_STATE = `insert into path_state (assignment, protocol, at, state) values (?, ?, ?, ?)
  on conflict (assignment, protocol) do update set at = excluded.at, state = excluded.state`;
const KNOWN = 'select id, hops from path where agent_id = ? and target_id = ? and protocol = ? and hash = ?';
const BY_ID = 'select id, hops from path where id = ?';
const INSERT = `insert into path (id, agent_id, target_id, protocol, hash, reached, first_seen_at, last_seen_at, traces, hops)
  values (?, ?, ?, ?, ?, ?, ?, ?, 0, ?) on conflict do nothing`;
const SEE = `update path set traces = traces + 1, hops = case when last_seen_at <= ? then ? else hops end,
  first_seen_at = case when first_seen_at > ? then ? else first_seen_at end,
  last_seen_at = case when last_seen_at < ? then ? else last_seen_at end where id = ?`;
const SIGHT = `insert into path_sighting (assignment, path, last_at) values (?, ?, ?)
  on conflict (assignment, path) do update set last_at = case when path_sighting.last_at < excluded.last_at then excluded.last_at else path_sighting.last_at end`;
const CHANGE = `insert into path_change (id, assignment, at, kind, before_path, after_path, first_changed_ttl) values (?, ?, ?, ?, ?, ?, ?)`;

/**
 * Keeps the ways that results tell of, each once, and what changed. Must run in the transaction that stores the results, whose assignments it has locked:
 * so the changes of one are recorded one after another. What comes late counts, but is no change: nobody knows what came between.
 */
export async function recordPaths(sql: RunSql, placed: readonly Placed[]): Promise<RecordedChange[]> {
  const changes: RecordedChange[] = [];
  for (const one of placed) {
    const trace = traceOf(one.sent.result);
    if (!trace) continue;
    const changeId = await record(sql, one, trace);
    if (changeId !== undefined) changes.push({ changeId, testId: one.place.testId });
  }
  return changes;
}

async function record(sql: RunSql, { sent, place }: Placed, trace: Trace): Promise<string | undefined> {
  const at = sent.result.startedAt.getTime();
  const key = [place.assignment, trace.protocol];
  const [row] = await sql<StateRow>(STATE, key);
  const state = row && (JSON.parse(row.state) as PathState);
  const path = await see(sql, [place.agentId, sent.result.targetId, trace.protocol, trace.hash], pathOf(state, trace), trace, at);
  await sql(SIGHT, [place.assignment, path, at]);
  if (row && at <= row.at) return undefined;
  const { state: next, change } = advance(state, trace, path);
  await sql(KEEP_STATE, [...key, at, JSON.stringify(next)]);
  if (!change) return undefined;
  const changeId = uuidv7();
  await sql(CHANGE, [changeId, place.assignment, at, change.kind, change.before, path, change.firstChangedTtl]);
  return changeId;
}

interface PathRow {
  readonly id: string;
  readonly hops: string;
}

/** Counts the way, and stores it where it is new. `known`: the path that stands for it already. */
async function see(sql: RunSql, key: readonly unknown[], known: string | undefined, trace: Trace, at: number): Promise<string> {
  const path = (known === undefined ? undefined : (await sql<PathRow>(BY_ID, [known]))[0]) ?? (await byHash(sql, key, trace, at));
  const hops = JSON.stringify(mergeHops(JSON.parse(path.hops) as Hop[], trace.hops));
  await sql(SEE, [at, hops, at, at, at, at, path.id]);
  return path.id;
}

async function byHash(sql: RunSql, key: readonly unknown[], { reached, hops }: Trace, at: number): Promise<PathRow> {
  const [stored] = await sql<PathRow>(KNOWN, key);
  if (stored) return stored;
  await sql(INSERT, [uuidv7(), ...key, reached ? 1 : 0, at, at, JSON.stringify(hops)]);
  const [inserted] = await sql<PathRow>(KNOWN, key);
  if (!inserted) throw new Error('a path that was just stored is missing');
  return inserted;
}
