import { describe, expect, it } from 'vitest';
import { Recurrence } from '../../entities/test-enums.js';
import { cyclesOf, nextOpening, scheduleProblems, sessionEnd, type Timing } from './schedule.js';

const NOON = new Date('2026-03-28T12:00:00.000Z');

function timing(overrides: Partial<Timing> = {}): Timing {
  return { intervalSeconds: 5, durationSeconds: null, startsAt: null, cron: null, timezone: 'UTC', ...overrides };
}

describe('a schedule', () => {
  it('without a time to come opens now: no opening is planned', () => {
    expect(nextOpening(timing(), NOON)).toBeNull();
    expect(nextOpening(timing({ startsAt: new Date(NOON.getTime() - 1) }), NOON)).toBeNull();
  });

  it('opens at startsAt, and by cron from then on', () => {
    const startsAt = new Date('2026-03-30T03:00:00.000Z');
    expect(nextOpening(timing({ startsAt }), NOON)).toEqual(startsAt);
    expect(nextOpening(timing({ startsAt, cron: '0 3 * * *' }), NOON)).toEqual(startsAt);
    expect(nextOpening(timing({ startsAt, cron: '0 3 * * *' }), startsAt)).toEqual(new Date('2026-03-31T03:00:00.000Z'));
  });

  it('means cron in its time zone, also over the change to summer time', () => {
    const berlin = timing({ cron: '0 9 * * *', timezone: 'Europe/Berlin' });
    expect(nextOpening(berlin, new Date('2026-03-28T07:00:00Z'))).toEqual(new Date('2026-03-28T08:00:00.000Z'));
    expect(nextOpening(berlin, NOON)).toEqual(new Date('2026-03-29T07:00:00.000Z'));
  });

  it('ends a session after its duration, one cycle at the latest after a minute, others never', () => {
    expect(sessionEnd(timing(), NOON)).toBeNull();
    expect(sessionEnd(timing({ durationSeconds: 90 }), NOON)).toEqual(new Date('2026-03-28T12:01:30.000Z'));
    expect(sessionEnd(timing({ durationSeconds: 0 }), NOON)).toEqual(new Date('2026-03-28T12:01:00.000Z'));
  });

  it('knows how many cycles start in a session', () => {
    expect([null, 0, 4, 5, 6].map((durationSeconds) => cyclesOf(timing({ durationSeconds })))).toEqual([null, 1, 1, 1, 2]);
  });

  it('takes a cron only where sessions recur, and needs one there', () => {
    const base = { intervalSeconds: 5, timezone: 'UTC' };
    const paths = (more: { cron?: string; recurrence: Recurrence }): string[] =>
      scheduleProblems({ ...base, ...more }).map(({ path }) => path);
    expect(paths({ recurrence: Recurrence.ONCE })).toEqual([]);
    expect(paths({ recurrence: Recurrence.CONTINUE, cron: '0 3 * * *' })).toEqual([]);
    expect(paths({ recurrence: Recurrence.ONCE, cron: '0 3 * * *' })).toEqual(['input.schedule.cron']);
    expect(paths({ recurrence: Recurrence.NEW_TEST })).toEqual(['input.schedule.cron']);
  });
});
