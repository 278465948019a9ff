import { beforeEach, describe, expect, it } from 'vitest';
import type { Assignment } from './assignment.js';
import { CyclePlan } from './schedule.js';
import { Scheduler, type DueCycle } from './scheduler.js';
import { assignment } from './testing/assignments.js';
import { FakeTimeline } from './testing/fake-timeline.js';
import { WallClock } from './wall-clock.js';

const INTERVAL_MS = 5000;
const HOUR_MS = 3_600_000;

describe('Scheduler', () => {
  let time: FakeTimeline;
  let scheduler: Scheduler;
  let batches: (readonly DueCycle[])[];
  let started: { cycle: DueCycle; atMs: number }[];
  let skipped: number;
  let steps: number[];
  /** Whether cycles end as soon as they start. */
  let quick: boolean;

  beforeEach(() => {
    time = new FakeTimeline();
    batches = [];
    started = [];
    skipped = 0;
    steps = [];
    quick = true;
    scheduler = new Scheduler(time, new WallClock(time), {
      due: (cycles) => {
        batches.push(cycles);
        for (const cycle of cycles) started.push({ cycle, atMs: time.wallMs() });
        if (quick) for (const { key } of cycles) scheduler.finished(key);
      },
      skipped: (_assignment, cycles) => (skipped += cycles),
      stepped: (byMs) => steps.push(byMs),
    });
  });

  const sequences = (): number[] => started.map(({ cycle }) => cycle.sequence);
  const isRow = (numbers: readonly number[]): boolean =>
    numbers.every((each, index) => index === 0 || each === (numbers[index - 1] ?? 0) + 1);

  it('starts one cycle an interval, numbered without a gap, for a day without drift', () => {
    scheduler.replace([assignment('a')]);
    time.advance(24 * HOUR_MS);
    expect(started).toHaveLength((24 * HOUR_MS) / INTERVAL_MS);
    expect(isRow(sequences())).toBe(true);
    const plan = new CyclePlan(assignment('a'));
    for (const { cycle, atMs } of started) expect(Math.abs(plan.cycle(cycle.sequence).startMs - atMs)).toBeLessThan(3);
  });

  it('jitters starts by up to a tenth of the interval, evenly and the same for each agent that has the seed', () => {
    scheduler.replace([assignment('a')]);
    time.advance(HOUR_MS);
    const places = started.map(({ cycle }) => cycle.scheduledMs - cycle.sequence * INTERVAL_MS);
    const spread = Math.max(...places) - Math.min(...places);
    expect(spread).toBeGreaterThan(0.09 * INTERVAL_MS);
    expect(spread).toBeLessThanOrEqual(0.1 * INTERVAL_MS);
    const again = new CyclePlan(assignment('a'));
    for (const { cycle } of started) expect(again.cycle(cycle.sequence).startMs).toBe(cycle.scheduledMs);
  });

  it('tells how long nothing is to be done', () => {
    expect(scheduler.quietForMs).toBe(Infinity);
    scheduler.replace([assignment('a')]);
    const untilFirst = scheduler.quietForMs;
    expect(untilFirst).toBeLessThanOrEqual(1.1 * INTERVAL_MS);
    time.advance(untilFirst - 1);
    expect([started.length, Math.round(scheduler.quietForMs)]).toEqual([0, 1]);
    quick = false;
    time.advance(1);
    expect([started.length, scheduler.quietForMs]).toEqual([1, 0]);
    scheduler.finished(started[0]?.cycle.key ?? '');
    expect(scheduler.quietForMs).toBeGreaterThan(0);
  });

  it('spreads assignments over the interval by their seeds', () => {
    scheduler.replace(Array.from({ length: 200 }, (_, index) => assignment(`test ${index}`)));
    time.advance(INTERVAL_MS);
    const tenths = new Set(started.map(({ atMs }) => Math.floor(((atMs % INTERVAL_MS) / INTERVAL_MS) * 10)));
    expect(tenths.size).toBe(10);
  });

  it('starts assignments of one rhythm together, and goes on counting when an assignment changes to another', () => {
    const shared = { name: 'of many' };
    const together = new Scheduler(
      time,
      new WallClock(time),
      {
        due: (cycles) => {
          batches.push(cycles);
          for (const cycle of cycles) {
            started.push({ cycle, atMs: time.wallMs() });
            together.finished(cycle.key);
          }
        },
        skipped: () => undefined,
        stepped: () => undefined,
      },
      (assignments) => new Map(assignments.map((each) => [`${each.testId}/target`, shared.name])),
    );
    const assignments = Array.from({ length: 10 }, (_, index) => assignment(`test ${index}`));
    together.replace(assignments);
    time.advance(4 * INTERVAL_MS);
    expect(batches.map(({ length }) => length)).toEqual([10, 10, 10, 10]);
    shared.name = 'of few';
    together.replace(assignments);
    time.advance(4 * INTERVAL_MS);
    const numbers = started.filter(({ cycle }) => cycle.key === 'test 3/target').map(({ cycle }) => cycle.sequence);
    expect(numbers.length).toBeGreaterThanOrEqual(8);
    expect([...new Set(numbers)].sort((a, b) => a - b)).toEqual(numbers);
    together.stop();
  });

  it('hands over together what is due together', () => {
    const targets = Array.from({ length: 1000 }, (_, index) =>
      assignment('a', { target: { ...assignment('a').target, id: `target ${index}` } }),
    );
    scheduler.replace(targets);
    time.advance(INTERVAL_MS * 1.1);
    expect(Math.max(...batches.map((batch) => batch.length))).toBe(1000);
  });

  it('skips a cycle while the one before is under way, and its number with it', () => {
    quick = false;
    scheduler.replace([assignment('a')]);
    time.advance(INTERVAL_MS);
    time.advance(3 * INTERVAL_MS);
    expect(started).toHaveLength(1);
    expect(skipped).toBe(3);
    scheduler.finished('a/target');
    time.advance(INTERVAL_MS);
    const [first = 0, second = 0] = sequences();
    expect(second - first).toBe(4);
  });

  it('skips the cycles that it slept through, and runs on in the same grid', () => {
    scheduler.replace([assignment('a')]);
    time.advance(INTERVAL_MS);
    time.block(10 * INTERVAL_MS);
    time.advance(2 * INTERVAL_MS);
    expect(skipped).toBeGreaterThanOrEqual(9);
    const [first = 0, second = 0] = sequences();
    expect(second - first).toBe(skipped + 1);
    for (const { cycle, atMs } of started) expect(atMs - cycle.scheduledMs).toBeLessThan(INTERVAL_MS);
  });

  it('plans a changed revision at once and stops what is gone at once', () => {
    scheduler.replace([assignment('a'), assignment('b')]);
    time.advance(INTERVAL_MS * 2);
    scheduler.replace([assignment('a', { revision: 2, schedule: { intervalSeconds: 1 } })]);
    started.length = 0;
    time.advance(10_000);
    expect(started.map(({ cycle }) => cycle.assignment.testId)).toEqual(new Array(10).fill('a'));
    expect(new Set(started.map(({ cycle }) => cycle.assignment.revision))).toEqual(new Set([2]));
    scheduler.replace([]);
    started.length = 0;
    time.advance(HOUR_MS);
    expect(started).toEqual([]);
  });

  it('does not begin anew when the same assignments come again', () => {
    scheduler.replace([assignment('a')]);
    for (let again = 0; again < 100; again += 1) {
      time.advance(INTERVAL_MS / 3);
      scheduler.replace([assignment('a')]);
    }
    expect(isRow(sequences())).toBe(true);
    expect(started.length).toBeGreaterThanOrEqual(33);
  });

  it('runs an assignment of no duration once, at once, however often it is sent', () => {
    const once = assignment('a', { schedule: { intervalSeconds: 60, durationSeconds: 0 } });
    scheduler.replace([once]);
    scheduler.replace([once]);
    time.advance(HOUR_MS);
    expect(started).toHaveLength(1);
    scheduler.replace([]);
    scheduler.replace([once]);
    expect(started).toHaveLength(2);
  });

  it('runs a changed assignment of no duration when its former version has ended', () => {
    quick = false;
    const schedule = { intervalSeconds: 60, durationSeconds: 0 };
    scheduler.replace([assignment('a', { schedule })]);
    scheduler.replace([assignment('a', { schedule, revision: 2 })]);
    expect(started).toHaveLength(1);
    scheduler.finished('a/target');
    expect(started.map(({ cycle }) => cycle.assignment.revision)).toEqual([1, 2]);
  });

  it('runs an assignment of no duration again in another session, although nothing else of it changed', () => {
    const schedule = { intervalSeconds: 60, durationSeconds: 0 };
    const inSession = (hour: number): Assignment =>
      assignment('a', { schedule, sessionStartedAt: new Date(time.wallMs() + hour * HOUR_MS).toISOString() });
    const [first, second] = [inSession(0), inSession(1)];
    for (const each of [first, first, second, second]) scheduler.replace([each]);
    expect(started.map(({ cycle }) => cycle.assignment.sessionStartedAt)).toEqual([first.sessionStartedAt, second.sessionStartedAt]);
  });

  it('starts no cycle when its session is over, although nobody says so, and measures on in one without an end', () => {
    const endsAt = new Date(time.wallMs() + 4 * INTERVAL_MS).toISOString();
    const ending = assignment('ending', { endsAt });
    scheduler.replace([ending, assignment('endless')]);
    const startsOf = (testId: string): number[] =>
      started.filter(({ cycle }) => cycle.assignment.testId === testId).map(({ cycle }) => cycle.scheduledMs);
    time.advance(HOUR_MS);
    expect(startsOf('ending').length).toBeGreaterThanOrEqual(3);
    expect(Math.max(...startsOf('ending'))).toBeLessThan(Date.parse(endsAt));
    expect(startsOf('endless')).toHaveLength(HOUR_MS / INTERVAL_MS);
    const before = startsOf('ending').length;
    scheduler.replace([ending, assignment('endless')]);
    time.advance(HOUR_MS);
    expect(startsOf('ending')).toHaveLength(before);
    scheduler.replace([{ ...ending, endsAt: new Date(time.wallMs() + HOUR_MS).toISOString() }]);
    time.advance(INTERVAL_MS * 2);
    expect(startsOf('ending').length).toBeGreaterThan(before);
  });

  it("ends a session by the server's clock, where it knows how far that is from its own", () => {
    const endsAt = new Date(time.wallMs() + HOUR_MS).toISOString();
    const startedBy = (serverAheadMs: number): number => {
      started.length = 0;
      const own = new Scheduler(
        time,
        new WallClock(time),
        {
          due: (cycles) => {
            for (const cycle of cycles) {
              started.push({ cycle, atMs: time.wallMs() });
              own.finished(cycle.key);
            }
          },
          skipped: () => undefined,
          stepped: () => undefined,
        },
        undefined,
        () => serverAheadMs,
      );
      own.replace([assignment('a', { endsAt })]);
      time.advance(HOUR_MS / 2);
      own.stop();
      return started.length;
    };
    expect(startedBy(HOUR_MS)).toBe(0);
    expect(startedBy(-HOUR_MS)).toBe(HOUR_MS / 2 / INTERVAL_MS);
  });

  it('does not start before the schedule does', () => {
    const startsAt = new Date(time.wallMs() + HOUR_MS).toISOString();
    scheduler.replace([assignment('a', { schedule: { intervalSeconds: 5, startsAt } })]);
    time.advance(HOUR_MS);
    expect(started).toEqual([]);
    time.advance(INTERVAL_MS * 1.1);
    expect(started).toHaveLength(1);
  });

  it.each([
    ['forward', HOUR_MS],
    ['back', -HOUR_MS],
  ])('survives a clock that is set %s: it measures on at once, and numbers never go back', (_direction, byMs) => {
    scheduler.replace([assignment('a')]);
    time.advance(10 * INTERVAL_MS);
    const before = started.length;
    time.step(byMs);
    scheduler.checkClock();
    time.advance(10 * INTERVAL_MS);
    expect(steps).toEqual([byMs]);
    expect(started.length - before).toBeGreaterThanOrEqual(9);
    const numbers = sequences();
    expect([...numbers].sort((a, b) => a - b)).toEqual(numbers);
    expect(new Set(numbers).size).toBe(numbers.length);
    const { cycle, atMs } = started.at(-1) ?? {};
    expect(Math.abs((cycle?.scheduledMs ?? 0) - (atMs ?? 0))).toBeLessThan(5);
  });

  it('starts nothing after it was stopped', () => {
    scheduler.replace([assignment('a')]);
    scheduler.stop();
    scheduler.replace([assignment('b')]);
    time.advance(HOUR_MS);
    expect(started).toEqual([]);
  });
});
