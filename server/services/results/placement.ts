import { undeclared, type MetricSet } from './codec.js';
import { reject, type Rejection, type ResultInput } from './input.js';
import type { MetricSets } from './intern.js';
import { sideBySide } from '../store/side-by-side.js';
import type { RunSql } from '../store/store.js';
import type { Dialect } from '../store/dialect.js';
import { cyclesOf } from '../tests/schedule.js';
import { uuidToHex } from './uuid.js';

/** A result with the agent that sent it. */
export interface Sent {
  readonly agentId: string;
  readonly result: ResultInput;
}

/** Where a result belongs. */
export interface Place {
  readonly assignment: number;
  readonly testId: string;
  readonly agentId: string;
  readonly set: MetricSet;
  /** Of the test as it is now, ms. */
  readonly intervalMs: number;
  /** The result belongs to the session that is open or was last. */
  readonly inSession: boolean;
  /** How many results that session may still count; null where it has no end. */
  readonly sessionRoom: number | null;
  readonly testStatus: string;
  readonly assignmentStatus: string;
}

/** The verdict on one result: stored at a place, there already, or rejected. */
export type Verdict = { readonly place: Place } | { readonly known: true } | { readonly rejection: Rejection };

interface AssignmentRow {
  readonly id: number;
  readonly testId: string;
  readonly agentId: string;
  readonly targetId: string;
  readonly revision: number;
  readonly intervalSeconds: number;
  readonly durationSeconds: number | null;
  readonly sessionStartedAt: number | null;
  readonly sessionCountsFrom: number | null;
  readonly sessionResults: number;
  readonly testStatus: string;
  readonly status: string;
  readonly sets: string;
}

interface KnownRow {
  readonly hex: string;
  readonly agentId: string;
  readonly testId: string;
  readonly targetId: string;
  readonly sequence: number;
}

// A test whose schedule is held has no session open.
const TEST_STATUS = "case when t.status = 'PAUSED' and t.paused_at is null then 'SCHEDULED' else t.status end";

// Locked, in the order of their numbers: the same result at two servers at once is seen by the one that comes second, and nobody waits in a circle.
const assignmentsOf = ({ rows, jsonList, millis, lock }: Dialect): string => `select a.id, a.test_id as "testId", a.agent_id as "agentId",
    a.target_id as "targetId", t.revision, a.status, ${TEST_STATUS} as "testStatus", t.interval_seconds as "intervalSeconds",
    t.duration_seconds as "durationSeconds", a.session_results as "sessionResults",
    ${millis('t.session_started_at')} as "sessionStartedAt", ${millis('t.session_counts_from')} as "sessionCountsFrom",
    (select ${jsonList('m.metric_set')} from assignment_metric_set m where m.assignment = a.id) as sets
  from ${rows({ test: 'text', agent: 'text', target: 'text' })} k
  join assignment a on a.test_id = k.test and a.agent_id = k.agent and a.target_id = k.target
  join test t on t.id = a.test_id and t.deleted_at is null
  order by a.id ${lock('a')}`;

// The start is in the id: named as well, it leads to the one part of the table that can hold it.
const knownOf = ({ rows, idFromHex, hexFromId }: Dialect): string => `select ${hexFromId('r.id')} as hex, a.agent_id as "agentId",
    a.test_id as "testId", a.target_id as "targetId", r.sequence
  from ${rows({ hex: 'text', at: 'bigint' })} k
  join result r on r.id = ${idFromHex('k.hex')} and r.at = k.at
  join assignment a on a.id = r.assignment`;

const keyOf = (testId: string, agentId: string, targetId: string): string => `${testId} ${agentId} ${targetId}`;

/** Finds out, inside the transaction that will store them, where results belong. */
export class Placement {
  private constructor(
    private readonly assignments: ReadonlyMap<string, AssignmentRow>,
    private readonly known: Map<string, KnownRow>,
    private readonly sets: ReadonlyMap<number, MetricSet>,
  ) {}

  static async of(sql: RunSql, metricSets: MetricSets, sent: readonly Sent[]): Promise<Placement> {
    const keys = new Map(
      sent.map(({ agentId, result }) => [keyOf(result.testId, agentId, result.targetId), [result.testId, agentId, result.targetId]]),
    );
    const ids = JSON.stringify(sent.map(({ result }) => [uuidToHex(result.id), result.startedAt.getTime()]));
    const [rows, known] = await sideBySide(sql, [
      () => sql<AssignmentRow>(assignmentsOf(sql.dialect), [JSON.stringify([...keys.values()])]),
      () => sql<KnownRow>(knownOf(sql.dialect), [ids]),
    ]);
    const sets = new Map<number, MetricSet>();
    for (const id of new Set(rows.flatMap(setsOf))) sets.set(id, await metricSets.get(sql, id));
    return new Placement(
      new Map(rows.map((row) => [keyOf(row.testId, row.agentId, row.targetId), row])),
      new Map(known.map((row) => [row.hex, row])),
      sets,
    );
  }

  /** Judges a result, and remembers it: the same id later in the batch is the same result. */
  judge({ agentId, result }: Sent): Verdict {
    const hex = uuidToHex(result.id) ?? '';
    const before = this.known.get(hex);
    if (before) return judgeRepeated(before, agentId, result);
    const row = this.assignments.get(keyOf(result.testId, agentId, result.targetId));
    if (!row) return refuse(result, 'FORBIDDEN', 'This agent has no assignment for this test and target.');
    if (result.revision > row.revision) {
      return refuse(result, 'BAD_USER_INPUT', `The test has revision ${row.revision}; ${result.revision} is not known.`);
    }
    const candidates = setsOf(row).map((id) => this.sets.get(id) as MetricSet);
    const set = candidates.find((candidate) => undeclared(result, candidate).length === 0);
    if (!set) return refuse(result, 'BAD_USER_INPUT', undeclaredMessage(result, candidates));
    this.known.set(hex, { hex, agentId, testId: result.testId, targetId: result.targetId, sequence: result.sequence });
    const { id, testId, testStatus, status } = row;
    const intervalMs = row.intervalSeconds * 1000;
    const session = { inSession: isInSession(row, result), sessionRoom: roomOf(row) };
    return { place: { assignment: id, testId, agentId, set, intervalMs, ...session, testStatus, assignmentStatus: status } };
  }
}

/** By the session that it names; where it names none, by its time. */
function isInSession({ sessionStartedAt, sessionCountsFrom }: AssignmentRow, result: ResultInput): boolean {
  if (sessionStartedAt === null) return false;
  if (result.sessionStartedAt) return result.sessionStartedAt.getTime() === sessionStartedAt;
  return result.startedAt.getTime() >= (sessionCountsFrom ?? sessionStartedAt);
}

/** What an agent measures beyond the session's end, or in one cycle more by the jitter of its starts, is kept, but is no progress. */
function roomOf(row: AssignmentRow): number | null {
  const cycles = cyclesOf(row);
  return cycles === null ? null : Math.max(0, cycles - row.sessionResults);
}

function setsOf(row: AssignmentRow): number[] {
  return (JSON.parse(row.sets) as number[]).sort((a, b) => b - a);
}

function judgeRepeated(before: KnownRow, agentId: string, result: ResultInput): Verdict {
  if (before.agentId !== agentId) return refuse(result, 'FORBIDDEN', 'This id belongs to a result of another agent.');
  const same = before.testId === result.testId && before.targetId === result.targetId && before.sequence === result.sequence;
  return same ? { known: true } : refuse(result, 'CONFLICT', 'This id already belongs to another result of this agent.');
}

function undeclaredMessage(result: ResultInput, candidates: readonly MetricSet[]): string {
  const newest = candidates[0];
  if (!newest) return 'No probe of this test is known for this agent.';
  return `Metrics that no probe of this test declares: ${undeclared(result, newest).join(', ')}.`;
}

function refuse(result: ResultInput, code: Rejection['code'], message: string): Verdict {
  return { rejection: reject(result.id, code, message) };
}
