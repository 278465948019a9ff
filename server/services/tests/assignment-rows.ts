import { randomBytes } from 'node:crypto';
import type { EntityManager } from '../../orm.js';
import { TestAssignment } from '../../entities/test-assignment.js';
import type { Test } from '../../entities/test.js';
import { AssignmentStatus } from '../../entities/test-enums.js';
import { slices } from '../lists.js';
import type { RunSql } from '../store.js';
import type { Support } from './support.js';

/** What an assignment is to be. */
export interface Wanted {
  readonly agentId: string;
  readonly targetId: string;
  /** Why its agent cannot run it; null where it can. */
  readonly reason: string | null;
  /** Undefined: as it was. */
  readonly metricSet: number | undefined;
}

/** An assignment as it stands. */
export interface Existing {
  readonly id: number;
  readonly agentId: string;
  readonly targetId: string;
  readonly status: AssignmentStatus;
  readonly reason: string | null;
  readonly metricSet: number | null;
  readonly ended: 0 | 1;
}

const EXISTING = `select id, agent_id as "agentId", target_id as "targetId", status, reason, metric_set as "metricSet",
    case when ended_at is null then 0 else 1 end as ended
  from assignment where test_id = ?`;

type Pair = Pick<Wanted, 'agentId' | 'targetId'>;
const keyOf = ({ agentId, targetId }: Pair): string => `${agentId} ${targetId}`;

/** What a verdict makes of an assignment. */
export function wantedState(support: Support, metricSet: number | undefined): Pick<Wanted, 'reason' | 'metricSet'> {
  return { reason: 'reason' in support ? support.reason : null, metricSet };
}

/** All assignments that a test has had, those that are ended too. */
export function assignmentsOf(sql: RunSql, testId: string): Promise<Existing[]> {
  return sql<Existing>(EXISTING, [testId]);
}

/** Makes those that the test never had. */
export async function addAssignments(
  em: EntityManager,
  test: Test,
  wanted: readonly Wanted[],
  existing: readonly Existing[],
): Promise<void> {
  const known = new Set(existing.map(keyOf));
  const createdAt = new Date();
  const rows = wanted
    .filter((each) => !known.has(keyOf(each)))
    .map(({ agentId, targetId, reason, metricSet }) => ({
      ...{ test: test.id, agent: agentId, target: targetId, seed: randomBytes(16).toString('hex'), createdAt, reason },
      ...{ status: reason === null ? AssignmentStatus.ASSIGNED : AssignmentStatus.UNSUPPORTED, metricSet: metricSet ?? null },
      ...{ results: 0, sessionResults: 0, lastResult: null, endedAt: null },
    }));
  for (const slice of slices(rows)) await em.insertMany(TestAssignment, slice);
}

/** Brings those that are there to what they are to be, in one statement for all that become the same. */
export async function changeAssignments(em: EntityManager, wanted: readonly Wanted[], existing: readonly Existing[]): Promise<void> {
  const before = new Map(existing.map((each) => [keyOf(each), each]));
  const groups = new Map<string, { ids: number[]; values: Pick<TestAssignment, 'status' | 'reason' | 'metricSet' | 'endedAt'> }>();
  for (const each of wanted) {
    const old = before.get(keyOf(each));
    const values = old && changeOf(old, each);
    if (!values) continue;
    const key = JSON.stringify(values);
    const group = groups.get(key) ?? { ids: [], values };
    groups.set(key, group);
    group.ids.push(old.id);
  }
  for (const { ids, values } of groups.values()) {
    for (const slice of slices(ids)) await em.nativeUpdate(TestAssignment, { id: { $in: slice } }, values);
  }
}

function changeOf(
  old: Existing,
  { reason, metricSet }: Wanted,
): Pick<TestAssignment, 'status' | 'reason' | 'metricSet' | 'endedAt'> | undefined {
  const unsupported = old.status === AssignmentStatus.UNSUPPORTED;
  const status = reason !== null ? AssignmentStatus.UNSUPPORTED : unsupported ? AssignmentStatus.ASSIGNED : old.status;
  const values = { status, reason: reason ?? (unsupported ? null : old.reason), metricSet: metricSet ?? old.metricSet, endedAt: null };
  const same = old.ended === 0 && old.status === values.status && old.reason === values.reason && old.metricSet === values.metricSet;
  return same ? undefined : values;
}

/** Ends those that are no longer wanted; their rows stay, since late results still belong to them. */
export async function endAssignments(em: EntityManager, wanted: readonly Wanted[], existing: readonly Existing[]): Promise<void> {
  const kept = new Set(wanted.map(keyOf));
  const ids = existing.filter((each) => each.ended === 0 && !kept.has(keyOf(each))).map(({ id }) => id);
  for (const slice of slices(ids)) await em.nativeUpdate(TestAssignment, { id: { $in: slice } }, { endedAt: new Date() });
}
