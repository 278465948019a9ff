import type { Test } from '../../entities/test.js';
import { isSessionOpen } from './lifecycle.js';
import type { SessionCounts } from './relations.js';
import { cyclesOf } from './schedule.js';

/** How far the session is that is open or was last. */
export interface Progress {
  readonly percent: number;
  readonly expectedResults: number | null;
  readonly receivedResults: number;
  readonly endsAt: Date | null;
}

/** A test's progress by the server's clock: 0 before its first session and while a session without an end is open, 100 once it is over. */
export function progressOf(test: Test, { able, received }: SessionCounts, now: Date): Progress {
  const cycles = cyclesOf(test);
  return {
    percent: percentOf(test, now, received, able),
    expectedResults: cycles === null ? null : cycles * able,
    receivedResults: received,
    endsAt: isSessionOpen(test) && test.durationSeconds !== 0 ? test.sessionEndsAt : null,
  };
}

function percentOf(test: Test, now: Date, received: number, expected: number): number {
  if (!test.sessionStartedAt) return 0;
  if (!isSessionOpen(test)) return 100;
  if (test.durationSeconds === 0) return expected === 0 ? 0 : Math.min(100, (100 * received) / expected);
  if (!test.sessionEndsAt || test.durationSeconds === null) return 0;
  // From its end backwards: each pause has put that off.
  const leftMs = test.sessionEndsAt.getTime() - (test.pausedAt ?? now).getTime();
  return Math.max(0, Math.min(100, 100 - leftMs / (10 * test.durationSeconds)));
}
