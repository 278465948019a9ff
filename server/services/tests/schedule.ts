import { Cron } from 'croner';
import type { Test } from '../../entities/test.js';
import { Recurrence } from '../../entities/test-enums.js';
import type { FieldProblem } from '../../errors.js';
import type { ScheduleSpec } from './input.js';

const SHORTEST_INTERVAL = 0.1;
const LONGEST_INTERVAL = 30 * 86_400;
const LONGEST_DURATION = 10 * 366 * 86_400;
/** How long a test of one cycle waits for its results at least, s. */
const ONE_CYCLE_GRACE = 60;

/** What decides when sessions open and end; a `Test` is one. */
export type Timing = Pick<Test, 'intervalSeconds' | 'durationSeconds' | 'startsAt' | 'cron' | 'timezone'>;

/** What is wrong with a schedule; paths begin with `input.schedule`. */
export function scheduleProblems(schedule: ScheduleSpec): FieldProblem[] {
  const { intervalSeconds, durationSeconds, cron, timezone, recurrence } = schedule;
  const problems: FieldProblem[] = [];
  const problem = (field: string, message: string): void => void problems.push({ path: `input.schedule.${field}`, message });
  if (!(intervalSeconds >= SHORTEST_INTERVAL && intervalSeconds <= LONGEST_INTERVAL)) {
    problem('intervalSeconds', `intervalSeconds must be ${SHORTEST_INTERVAL} to ${LONGEST_INTERVAL}.`);
  }
  if (typeof durationSeconds === 'number' && (durationSeconds < 0 || durationSeconds > LONGEST_DURATION)) {
    problem('durationSeconds', `durationSeconds must be 0 (one cycle) to ${LONGEST_DURATION}, or null (until stopped).`);
  }
  if (!isTimezone(timezone)) problem('timezone', `"${timezone}" is not a time zone of the IANA database, like Europe/Berlin.`);
  else if (cron) problems.push(...cronProblems(cron, timezone));
  if (cron && recurrence === Recurrence.ONCE) problem('cron', 'A test that runs ONCE takes no cron: choose CONTINUE or NEW_TEST.');
  if (!cron && recurrence !== Recurrence.ONCE) problem('cron', `${recurrence} needs a cron that says when sessions open.`);
  return problems;
}

function isTimezone(timezone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function cronProblems(cron: string, timezone: string): FieldProblem[] {
  const path = 'input.schedule.cron';
  try {
    const next = new Cron(cron, { timezone, paused: true }).nextRun();
    return next ? [] : [{ path, message: `The cron "${cron}" names no time in the future.` }];
  } catch (error) {
    return [{ path, message: `The cron "${cron}" is not valid: ${error instanceof Error ? error.message : String(error)}` }];
  }
}

/** When the next session opens after a moment; null when none is planned. With cron and startsAt: the first time of cron from startsAt on. */
export function nextOpening({ cron, timezone, startsAt }: Timing, after: Date): Date | null {
  const later = startsAt && startsAt > after ? startsAt : null;
  if (!cron) return later;
  // croner looks for a time after the given one; one at startsAt itself counts.
  const from = later ? new Date(later.getTime() - 1000) : after;
  return new Cron(cron, { timezone, paused: true }).nextRun(from);
}

/**
 * When the session opens that follows the one which is open: at the first time of cron from its end on, for those within it pass by. Null where none
 * follows: without a cron, or where the session ends only when it is stopped.
 */
export function followingOpening(timing: Timing & Pick<Test, 'sessionEndsAt'>, now: Date): Date | null {
  const { cron, durationSeconds, sessionEndsAt } = timing;
  if (!cron || durationSeconds === null) return null;
  // One cycle mostly ends long before its latest end.
  const end = durationSeconds > 0 && sessionEndsAt && sessionEndsAt > now ? new Date(sessionEndsAt.getTime() - 1) : now;
  return nextOpening(timing, end);
}

/** When a session that opens now ends; null: when it is stopped. One cycle ends when its results are in, and at the latest then. */
export function sessionEnd({ durationSeconds, intervalSeconds }: Timing, opened: Date): Date | null {
  if (durationSeconds === null) return null;
  const seconds = durationSeconds === 0 ? Math.max(ONE_CYCLE_GRACE, intervalSeconds) : durationSeconds;
  return new Date(opened.getTime() + seconds * 1000);
}

/** Cycles that start in a session; null when it has no end. */
export function cyclesOf({ durationSeconds, intervalSeconds }: Pick<Timing, 'durationSeconds' | 'intervalSeconds'>): number | null {
  return durationSeconds === null ? null : Math.max(1, Math.ceil(durationSeconds / intervalSeconds));
}
