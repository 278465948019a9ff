import type { EntityManager } from '../../orm.js';
import { TestAssignment } from '../../entities/test-assignment.js';
import type { Test } from '../../entities/test.js';
import { AssignmentStatus, TestStatus } from '../../entities/test-enums.js';
import { sqlOf } from '../store.js';
import { nextOpening, sessionEnd } from './schedule.js';

const NO_RESULT = 'No result came from the agent before the session ended.';

/** Gives a test another status and remembers when: gaps are explained by it. Must run in a transaction. */
export async function setStatus(em: EntityManager, test: Test, status: TestStatus, now: Date): Promise<void> {
  if (test.status === status) return;
  test.status = status;
  await sqlOf(em)('insert into test_event (test_id, at, status) values (?, ?, ?)', [test.id, now.getTime(), status]);
}

/** Where a test stands that was just defined: DRAFT without agents, SCHEDULED where its time is to come, else its session opens. */
export async function place(em: EntityManager, test: Test, now: Date): Promise<void> {
  if (test.agentIds.length === 0) return setStatus(em, test, TestStatus.DRAFT, now);
  test.nextRunAt = nextOpening(test, now);
  if (test.nextRunAt) return setStatus(em, test, TestStatus.SCHEDULED, now);
  await openSession(em, test, now);
}

/** Opens a session: its agents get their assignments. A test that none of them can run FAILED. */
export async function openSession(em: EntityManager, test: Test, now: Date): Promise<void> {
  const assignments = await em.find(TestAssignment, { test, endedAt: null });
  test.nextRunAt = nextOpening(test, now);
  test.pausedAt = null;
  if (assignments.every(({ status }) => status === AssignmentStatus.UNSUPPORTED)) {
    test.completedAt = now;
    return setStatus(em, test, TestStatus.FAILED, now);
  }
  test.sessionStartedAt = now;
  test.sessionEndsAt = sessionEnd(test, now);
  test.startedAt ??= now;
  test.completedAt = null;
  for (const assignment of assignments) {
    assignment.sessionResults = 0;
    if (assignment.status === AssignmentStatus.UNSUPPORTED) continue;
    assignment.status = AssignmentStatus.ASSIGNED;
    assignment.reason = null;
  }
  await setStatus(em, test, TestStatus.RUNNING, now);
}

/** Ends a session; with `last` no other follows, whatever the schedule says. */
export async function closeSession(em: EntityManager, test: Test, now: Date, last = false): Promise<void> {
  for (const assignment of await em.find(TestAssignment, { test, endedAt: null })) endAssignment(assignment);
  test.sessionEndsAt = test.sessionStartedAt ? now : null;
  test.pausedAt = null;
  test.nextRunAt = last || !test.cron ? null : nextOpening(test, now);
  if (!test.nextRunAt) test.completedAt = now;
  await setStatus(em, test, test.nextRunAt ? TestStatus.SCHEDULED : TestStatus.COMPLETED, now);
}

function endAssignment(assignment: TestAssignment): void {
  if (assignment.status === AssignmentStatus.UNSUPPORTED) return;
  const brought = assignment.sessionResults > 0;
  assignment.status = brought ? AssignmentStatus.COMPLETED : AssignmentStatus.FAILED;
  assignment.reason = brought ? null : NO_RESULT;
}

/** Pauses the open session. */
export async function pause(em: EntityManager, test: Test, now: Date): Promise<void> {
  test.pausedAt = now;
  await setStatus(em, test, TestStatus.PAUSED, now);
}

/** Goes on with a paused session: the pause does not count. */
export async function resume(em: EntityManager, test: Test, now: Date): Promise<void> {
  const pausedMs = test.pausedAt ? now.getTime() - test.pausedAt.getTime() : 0;
  if (test.sessionEndsAt) test.sessionEndsAt = new Date(test.sessionEndsAt.getTime() + pausedMs);
  test.pausedAt = null;
  await setStatus(em, test, TestStatus.RUNNING, now);
}
