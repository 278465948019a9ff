import { uuidv7 } from 'uuidv7';
import type { Hop } from '../../entities/path.js';
import type { Placed } from '../results/writer.js';
import type { RunSql } from '../store/store.js';
import { differenceOf, treatmentOf, type Difference, type Seen } from './compare.js';
import { traceOf, type Trace } from './trace.js';

/** A change that was recorded. */
export interface RecordedChange {
  readonly changeId: string;
  readonly testId: string;
}

interface Sighting {
  readonly path: string;
  readonly lastAt: number;
  readonly hash: string;
  readonly reached: number;
  readonly hops: string;
}

/** The ways seen last, newest first: what a change is compared with is among them. */
const LATEST = `select s.path, s.last_at as "lastAt", p.hash, p.reached, p.hops from path_sighting s join path p on p.id = s.path
  where s.assignment = ? and p.protocol = ? order by s.last_at desc limit 5`;
const KNOWN = 'select id from path where agent_id = ? and target_id = ? and protocol = ? and hash = ?';
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
  const latest = await sql<Sighting>(LATEST, [place.assignment, trace.protocol]);
  const path = await see(sql, place.agentId, sent.result.targetId, trace, at);
  await sql(SIGHT, [place.assignment, path, at]);
  const [before] = latest;
  if (!before || at <= before.lastAt) return undefined;
  const found = changeIn(latest, path, trace);
  if (!found) return undefined;
  const changeId = uuidv7();
  const { kind, firstChangedTtl } = found.difference;
  await sql(CHANGE, [changeId, place.assignment, at, kind, found.before, path, firstChangedTtl]);
  return changeId;
}

/** Counts the way, and stores it where it is new. */
async function see(sql: RunSql, agentId: string, targetId: string, { protocol, hash, reached, hops }: Trace, at: number): Promise<string> {
  const key = [agentId, targetId, protocol, hash];
  const text = JSON.stringify(hops);
  let [known] = await sql<{ id: string }>(KNOWN, key);
  if (!known) {
    await sql(INSERT, [uuidv7(), ...key, reached ? 1 : 0, at, at, text]);
    [known] = await sql<{ id: string }>(KNOWN, key);
  }
  if (!known) throw new Error('a path that was just stored is missing');
  await sql(SEE, [at, text, at, at, at, at, known.id]);
  return known.id;
}

function changeIn(
  latest: readonly Sighting[],
  path: string,
  trace: Trace,
): { readonly before: string; readonly difference: Difference } | undefined {
  const [last] = latest;
  const treatment = last?.path === path ? treatmentOf(seenOf(last), trace) : undefined;
  if (last && treatment) return { before: path, difference: treatment };
  if (!trace.changed) return undefined;
  for (const sighting of latest) {
    const difference = sighting.path === path ? undefined : differenceOf(seenOf(sighting), trace);
    if (difference) return { before: sighting.path, difference };
  }
  return undefined;
}

function seenOf({ reached, hops }: Sighting): Seen {
  return { reached: reached === 1, hops: JSON.parse(hops) as Hop[] };
}
