import type { EntityManager } from '../../orm.js';
import { TestAssignment } from '../../entities/test-assignment.js';
import type { Test } from '../../entities/test.js';
import { AssignmentStatus, TestStatus } from '../../entities/test-enums.js';
import { sqlOf } from '../store.js';
import { followingOpening, nextOpening, sessionEnd } from './schedule.js';

/** An agent's clock may be behind ours: a result that seems to have started a little before its session belongs to it. */
const CLOCK_DIFFERENCE_MS = 10_000;
const NO_RESULT = 'No result came from the agent before the session ended.';
const DISABLED = 'The agent is disabled: it measures nothing until it is enabled.';

/** Gives a test another status and remembers when: gaps are explained by it. Must run in a transaction. */
export async function setStatus(em: EntityManager, test: Test, status: TestStatus, now: Date): Promise<void> {
  if (test.status === status) return;
  test.status = status;
  await sqlOf(em)('insert into test_event (test_id, at, status) values (?, ?, ?)', [test.id, now.getTime(), status]);
}

/** Whether a session is open, paused or not. A test that is PAUSED without one was paused while it waited: its schedule is held. */
export function isSessionOpen({ status, pausedAt }: Pick<Test, 'status' | 'pausedAt'>): boolean {
  return status === TestStatus.RUNNING || (status === TestStatus.PAUSED && pausedAt !== null);
}

/** Where a test stands that was just defined: DRAFT without agents, SCHEDULED where its time is to come, else its session opens. */
export async function place(em: EntityManager, test: Test, now: Date): Promise<void> {
  test.nextRunAt = test.agentIds.length === 0 ? null : nextOpening(test, now);
  if (test.agentIds.length === 0) return setStatus(em, test, TestStatus.DRAFT, now);
  if (!test.nextRunAt) return openSession(em, test, now);
  test.completedAt = null;
  await setStatus(em, test, TestStatus.SCHEDULED, now);
}

/** Opens a session: its agents get their assignments. Where none of them can run the test there is none. */
export async function openSession(em: EntityManager, test: Test, now: Date): Promise<void> {
  const ready = { test, endedAt: null, status: { $ne: AssignmentStatus.UNSUPPORTED } };
  test.pausedAt = null;
  if ((await em.count(TestAssignment, ready)) === 0) return passOver(em, test, now);
  const previousEnd = test.sessionStartedAt && test.sessionEndsAt ? test.sessionEndsAt.getTime() : 0;
  test.sessionCountsFrom = new Date(Math.max(now.getTime() - CLOCK_DIFFERENCE_MS, Math.min(previousEnd, now.getTime())));
  test.sessionStartedAt = now;
  test.sessionEndsAt = sessionEnd(test, now);
  test.nextRunAt = followingOpening(test, now);
  test.startedAt ??= now;
  test.completedAt = null;
  await em.nativeUpdate(TestAssignment, { test, endedAt: null }, { sessionResults: 0 });
  await em.nativeUpdate(TestAssignment, ready, { status: AssignmentStatus.ASSIGNED, reason: null });
  await setStatus(em, test, TestStatus.RUNNING, now);
}

/** None of its agents can run it now. A test that has another time waits for that, when one may; else it FAILED, and has no session. */
async function passOver(em: EntityManager, test: Test, now: Date): Promise<void> {
  test.nextRunAt = nextOpening(test, now);
  if (test.nextRunAt) test.completedAt = null;
  else Object.assign(test, { completedAt: now, sessionStartedAt: null, sessionEndsAt: null });
  await setStatus(em, test, test.nextRunAt ? TestStatus.SCHEDULED : TestStatus.FAILED, now);
}

/**
 * Ends a session at a moment; with `last` no other follows, whatever the schedule says. The last one FAILED when it was left to end by itself and
 * not one agent brought a result.
 */
export async function closeSession(em: EntityManager, test: Test, now: Date, last = false): Promise<void> {
  await endSession(em, test);
  test.sessionEndsAt = test.sessionStartedAt ? now : null;
  test.pausedAt = null;
  // One that opens the very moment is the next.
  test.nextRunAt = last || !test.cron ? null : nextOpening(test, new Date(now.getTime() - 1));
  if (!test.nextRunAt) test.completedAt = now;
  const over = last || (await hasResults(em, test)) ? TestStatus.COMPLETED : TestStatus.FAILED;
  await setStatus(em, test, test.nextRunAt ? TestStatus.SCHEDULED : over, now);
}

/** Ends the open session and all that were to follow. Where none is open, what the last one brought stays as it is. */
export async function stop(em: EntityManager, test: Test, now: Date): Promise<void> {
  if (isSessionOpen(test)) return closeSession(em, test, now, true);
  test.nextRunAt = null;
  test.completedAt = test.sessionEndsAt ?? now;
  await setStatus(em, test, TestStatus.COMPLETED, now);
}

/** A result of a session that FAILED came late: the test is COMPLETED after all. Returns whether it was so. */
export async function mend(em: EntityManager, test: Test): Promise<boolean> {
  if (test.status !== TestStatus.FAILED || !test.sessionStartedAt || !(await hasResults(em, test))) return false;
  await setStatus(em, test, TestStatus.COMPLETED, test.completedAt ?? new Date());
  return true;
}

/** Whether the session that is open or was last brought anything. */
async function hasResults(em: EntityManager, test: Test): Promise<boolean> {
  return (await em.count(TestAssignment, { test, endedAt: null, sessionResults: { $gt: 0 } })) > 0;
}

// One statement: between two of them a result could come, and its assignment be neither.
const END_SESSION = `update assignment set
    status = case when session_results > 0 then 'COMPLETED' else 'FAILED' end,
    reason = case when session_results > 0 then null when agent_id in (select id from agent where disabled = true) then ? else ? end
  where test_id = ? and ended_at is null and status <> 'UNSUPPORTED'`;

async function endSession(em: EntityManager, test: Test): Promise<void> {
  await sqlOf(em)(END_SESSION, [DISABLED, NO_RESULT, test.id]);
}

/** Pauses the open session; where none is open, holds those that are to come. */
export async function pause(em: EntityManager, test: Test, now: Date): Promise<void> {
  test.pausedAt = isSessionOpen(test) ? now : null;
  test.nextRunAt = null;
  await setStatus(em, test, TestStatus.PAUSED, now);
}

/** Goes on with a paused session: the pause does not count. A schedule that was held goes on too: it waits for its next time, or opens a session if that has passed. */
export async function resume(em: EntityManager, test: Test, now: Date): Promise<void> {
  if (!isSessionOpen(test)) return place(em, test, now);
  const pausedMs = test.pausedAt ? now.getTime() - test.pausedAt.getTime() : 0;
  if (test.sessionEndsAt) test.sessionEndsAt = new Date(test.sessionEndsAt.getTime() + pausedMs);
  test.pausedAt = null;
  test.nextRunAt = followingOpening(test, now);
  await setStatus(em, test, TestStatus.RUNNING, now);
}
