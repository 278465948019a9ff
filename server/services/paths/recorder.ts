import { uuidv7 } from 'uuidv7';
import type { Placed } from '../results/writer.js';
import type { RunSql } from '../store/store.js';
import { PathBook } from './book.js';
import { advance, pathOf } from './state.js';
import { traceOf, type Trace } from './trace.js';

/** A change that was recorded. */
export interface RecordedChange {
  readonly changeId: string;
  readonly testId: string;
}

/** A result with the trace that it tells of. */
interface Traced {
  readonly one: Placed;
  readonly trace: Trace;
}

/**
 * Keeps the ways that results tell of, each once, and what changed. Must run in the transaction that stores the results, whose assignments it has locked:
 * so the changes of one are recorded one after another. What comes late counts, but is no change: nobody knows what came between.
 */
export async function recordPaths(sql: RunSql, placed: readonly Placed[]): Promise<RecordedChange[]> {
  const traced = placed.flatMap((one): Traced[] => {
    const trace = traceOf(one.sent.result);
    return trace ? [{ one, trace }] : [];
  });
  if (traced.length === 0) return [];
  const book = await PathBook.open(
    sql,
    traced.map(({ one: { place }, trace: { protocol } }) => ({ assignment: place.assignment, protocol })),
  );
  const changes: RecordedChange[] = [];
  for (const { one, trace } of traced) {
    const changeId = await record(book, one, trace);
    if (changeId !== undefined) changes.push({ changeId, testId: one.place.testId });
  }
  await book.close();
  return changes;
}

async function record(book: PathBook, { sent, place }: Placed, trace: Trace): Promise<string | undefined> {
  const { assignment, agentId } = place;
  const { protocol, hash } = trace;
  const at = sent.result.startedAt.getTime();
  const key = { assignment, protocol };
  const kept = book.stateOf(key);
  const known = pathOf(kept?.state, trace);
  const path = await book.see(assignment, [agentId, sent.result.targetId, protocol, hash], known, trace, at);
  if (kept && at <= kept.at) return undefined;
  const { state, change } = advance(kept?.state, trace, path);
  book.keep(key, { at, state });
  if (!change) return undefined;
  const changeId = uuidv7();
  book.note([changeId, assignment, at, change.kind, change.before, path, change.firstChangedTtl]);
  return changeId;
}
