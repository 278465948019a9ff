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

  const daily = (cron: string, timezone: string, from: string, count = 3): string[] => {
    const openings: string[] = [];
    let after = new Date(from);
    while (openings.length < count) {
      after = nextOpening(timing({ cron, timezone }), after) ?? new Date(Number.NaN);
      openings.push(after.toISOString().slice(0, 16));
    }
    return openings;
  };

  it('opens when the clocks are put forward over its time: at the first moment after it, once', () => {
    // 2:00 becomes 3:00, on the 29th of March in Berlin and the 8th in New York; on Lord Howe Island 2:00 becomes 2:30.
    const spring = ['2026-03-28T01:30', '2026-03-29T01:00', '2026-03-30T00:30'];
    expect(daily('30 2 * * *', 'Europe/Berlin', '2026-03-27T12:00:00Z')).toEqual(spring);
    expect(daily('30 2 * * *', 'America/New_York', '2026-03-07T00:00:00Z')).toEqual([
      '2026-03-07T07:30',
      '2026-03-08T07:00',
      '2026-03-09T06:30',
    ]);
    expect(daily('15 2 * * *', 'Australia/Lord_Howe', '2026-10-02T00:00:00Z')).toEqual([
      '2026-10-02T15:45',
      '2026-10-03T15:30',
      '2026-10-04T15:15',
    ]);
  });

  it('opens once when the clocks are put back over its time, at the first of the two', () => {
    const autumn = ['2026-10-24T00:30', '2026-10-25T00:30', '2026-10-26T01:30'];
    expect(daily('30 2 * * *', 'Europe/Berlin', '2026-10-23T12:00:00Z')).toEqual(autumn);
    expect(daily('30 1 * * *', 'America/New_York', '2026-10-31T00:00:00Z')).toEqual([
      '2026-10-31T05:30',
      '2026-11-01T05:30',
      '2026-11-02T06:30',
    ]);
    expect(daily('45 1 * * *', 'Australia/Lord_Howe', '2026-04-03T00:00:00Z')).toEqual([
      '2026-04-03T14:45',
      '2026-04-04T14:45',
      '2026-04-05T15:15',
    ]);
    // A server that looks between the two, or just after a session began, opens none at the second.
    for (const moment of ['2026-10-25T00:30:00.005Z', '2026-10-25T00:45:00Z', '2026-10-25T01:10:00Z']) {
      expect(daily('30 2 * * *', 'Europe/Berlin', moment, 1)).toEqual(['2026-10-26T01:30']);
    }
  });

  it('goes on by the real hours and minutes where it opens all day long, however the clocks are put', () => {
    const quarters = ['14:45', '15:00', '15:15', '15:30', '15:45'].map((time) => `2026-04-04T${time}`);
    expect(daily('*/15 * * * *', 'Australia/Lord_Howe', '2026-04-04T14:30:00Z', 5)).toEqual(quarters);
    const hours = ['00:00', '01:00', '02:00'].map((time) => `2026-10-25T${time}`);
    expect(daily('0 * * * *', 'Europe/Berlin', '2026-10-24T23:00:00Z')).toEqual(hours);
    expect(daily('0 * * * *', 'Europe/Berlin', '2026-03-28T23:00:00Z')).toEqual(hours.map((each) => each.replace('10-25', '03-29')));
  });

  it('opens at the moment at which the session before it ends', () => {
    const hourly = timing({ cron: '0 * * * *' });
    const end = new Date('2026-03-28T13:00:00.000Z');
    expect(nextOpening(hourly, new Date(end.getTime() - 1))).toEqual(end);
    expect(nextOpening(hourly, end)).toEqual(new Date('2026-03-28T14:00:00.000Z'));
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
