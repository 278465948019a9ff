import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from './testing/app.js';
import { HttpClient } from './testing/client.js';
import { hourOfThePast, TestClock } from './testing/clock.js';
import {
  createTest,
  Events,
  reaches,
  readTest,
  resultInput,
  submit,
  testInput,
  tideAgent,
  type SeenTest,
  type TideAgent,
} from './testing/measuring.js';
import { setUpAdmin, withApiToken } from './testing/people.js';

const HOUR = 3_600_000;

describe('the time of sessions', () => {
  let app: TestApp;
  let admin: HttpClient;
  let token: string;
  let attic: TideAgent;
  let clock: TestClock;
  let start: number;

  beforeEach(async () => {
    start = hourOfThePast();
    clock = new TestClock(start);
    app = await startTestApp({}, undefined, clock);
    const issued = await withApiToken(app, await setUpAdmin(app), 'ADMIN');
    admin = issued;
    token = issued.secret;
    attic = await tideAgent(app);
  });
  afterEach(() => app.end());

  const at = (hours: number): string => new Date(start + hours * HOUR).toISOString();
  const make = (schedule: Record<string, unknown>): Promise<SeenTest> =>
    createTest(admin, testInput([attic.id], { schedule: { intervalSeconds: 60, ...schedule } }));
  const change = (name: string, id: string): Promise<unknown> => admin.data(`mutation ($id: ID!) { ${name}(id: $id) { id } }`, { id });
  const is = (id: string, status: string): Promise<SeenTest> => reaches(app, admin, id, (test) => test.status === status);
  const children = async (id: string): Promise<SeenTest[]> => {
    const query = '{ tests { nodes { id parent { id } } } }';
    const { tests } = await admin.data<{ tests: { nodes: { id: string; parent: { id: string } | null }[] } }>(query);
    const ids = tests.nodes.filter(({ parent }) => parent?.id === id).map((child) => child.id);
    return Promise.all(ids.sort().map((child) => readTest(admin, child)));
  };
  const childrenReach = async (id: string, count: number): Promise<SeenTest[]> => {
    const changes = app.pubsub.subscribe('testChanged');
    let found = await children(id);
    while (found.length < count) {
      await changes.next();
      found = await children(id);
    }
    await changes.return();
    return found;
  };

  it('passes without a result: the session ends, and the test FAILED; a result that comes late mends that', async () => {
    const test = await make({ durationSeconds: 3600 });
    clock.advanceTo(at(1));
    const failed = await is(test.id, 'FAILED');
    expect(failed).toMatchObject({ completedAt: at(1), progress: { percent: 100, expectedResults: 60, receivedResults: 0 } });
    expect(failed.assignments.nodes).toMatchObject([{ status: 'FAILED', reason: expect.stringContaining('No result') }]);
    await submit(attic.client, [resultInput(test, start + HOUR / 2)]);
    const mended = await is(test.id, 'COMPLETED');
    expect(mended).toMatchObject({
      completedAt: at(1),
      progress: { receivedResults: 1 },
      assignments: { nodes: [{ status: 'COMPLETED' }] },
    });
  });

  it('is told as progress, and a pause does not count', async () => {
    const { id } = await make({ durationSeconds: 3600 });
    clock.advanceTo(at(0.5));
    expect((await readTest(admin, id)).progress).toMatchObject({ percent: 50, endsAt: at(1) });
    await change('pauseTest', id);
    clock.advanceTo(at(10));
    expect(await readTest(admin, id)).toMatchObject({ status: 'PAUSED', progress: { percent: 50 } });
    await change('startTest', id);
    expect((await readTest(admin, id)).progress).toMatchObject({ percent: 50, endsAt: at(10.5) });
    const input = testInput([attic.id], { name: 'Renamed', schedule: { intervalSeconds: 60, durationSeconds: 5400 } });
    await admin.data('mutation ($id: ID!, $input: TestInput!) { updateTest(id: $id, input: $input) { id } }', { id, input });
    expect((await readTest(admin, id)).progress).toMatchObject({ endsAt: at(11) });
    clock.advanceTo(at(11));
    await is(id, 'FAILED');
  });

  it('that passed while the server was away ended the session when it was to end', async () => {
    const ending = await make({ durationSeconds: 3600 });
    await submit(attic.client, [resultInput(ending, start + 1000)]);
    const opening = await make({ durationSeconds: 3600, startsAt: at(2) });
    await app.close();
    clock.advanceTo(at(5));
    app = await startTestApp({}, app.folder, clock);
    admin = new HttpClient(app.url, token);
    expect(await is(ending.id, 'COMPLETED')).toMatchObject({ completedAt: at(1) });
    expect(await is(opening.id, 'RUNNING')).toMatchObject({ startedAt: at(5), progress: { endsAt: at(6) } });
  });

  it('of one session may end when the next begins: CONTINUE adds to what there is, and counts late results where they belong', async () => {
    const test = await make({ durationSeconds: 3600, cron: '0 * * * *', recurrence: 'CONTINUE' });
    clock.advanceTo(at(1));
    await is(test.id, 'RUNNING');
    await submit(attic.client, [resultInput(test, start + HOUR + 60_000)]);
    clock.advanceTo(at(2));
    const second = await reaches(app, admin, test.id, ({ status, progress }) => status === 'RUNNING' && progress.endsAt === at(3));
    expect(second).toMatchObject({ startedAt: at(1), completedAt: null, progress: { receivedResults: 0 }, schedule: { nextRunAt: at(3) } });
    const late = resultInput(test, start + HOUR + 120_000);
    await submit(attic.client, [late, resultInput(test, start + 2 * HOUR + 60_000)]);
    expect((await readTest(admin, test.id)).progress).toMatchObject({ receivedResults: 1 });
    const query = 'query ($id: ID!) { test(id: $id) { results { totalCount nodes { startedAt } } } }';
    const { results } = (
      await admin.data<{ test: { results: { totalCount: number; nodes: { startedAt: string }[] } } }>(query, { id: test.id })
    ).test;
    expect(results.totalCount).toBe(3);
    const minutes = results.nodes.map(({ startedAt }) => (Date.parse(startedAt) - start) / 60_000);
    expect(minutes).toEqual([121, 62, 61]);
  });

  it('opens a child test each time with NEW_TEST: a late result goes to the child that it was measured for', async () => {
    const parent = await make({ durationSeconds: 1800, cron: '0 * * * *', recurrence: 'NEW_TEST' });
    clock.advanceTo(at(1));
    const [first] = (await childrenReach(parent.id, 1)) as [SeenTest];
    clock.advanceTo(at(2));
    const [, second] = (await childrenReach(parent.id, 2)) as [SeenTest, SeenTest];
    expect(await is(first.id, 'FAILED')).toMatchObject({ startedAt: at(1), completedAt: at(1.5) });
    await submit(attic.client, [resultInput(first, start + HOUR + 60_000)]);
    expect(await is(first.id, 'COMPLETED')).toMatchObject({ progress: { receivedResults: 1 } });
    expect(await readTest(admin, second.id)).toMatchObject({ status: 'RUNNING', startedAt: at(2), progress: { receivedResults: 0 } });
    expect(await readTest(admin, parent.id)).toMatchObject({ status: 'SCHEDULED', schedule: { nextRunAt: at(3) } });
    await change('stopTest', parent.id);
    await change('startTest', parent.id);
    expect(await children(parent.id)).toHaveLength(3);
    expect(await readTest(admin, parent.id)).toMatchObject({ status: 'SCHEDULED', schedule: { nextRunAt: at(3) } });
  });

  it('of two sessions may be seconds apart: results count in the session that they name, else by their start', async () => {
    const test = await make({ durationSeconds: 3600 });
    await submit(attic.client, [resultInput(test, start + 1000)]);
    clock.advanceTo(at(1));
    await is(test.id, 'COMPLETED');
    clock.advance(2);
    await change('startTest', test.id);
    const received = async (): Promise<number> => (await readTest(admin, test.id)).progress.receivedResults;
    const second = start + HOUR + 2000;
    await submit(attic.client, [resultInput(test, start + HOUR - 1000), resultInput(test, second + 500, { sessionStartedAt: at(0) })]);
    expect(await received()).toBe(0);
    await submit(attic.client, [resultInput(test, start + HOUR + 500)]);
    expect(await received()).toBe(1);
    const slow = resultInput(test, start + HOUR - 2000, { sessionStartedAt: new Date(second).toISOString() });
    expect(await submit(attic.client, [slow])).toEqual({ accepted: [slow.id], rejected: [] });
    expect(await received()).toBe(2);
  });

  it('that an agent measures beyond is stored, but counts as no more than was expected', async () => {
    const test = await make({ durationSeconds: 300 });
    const results = Array.from({ length: 8 }, (_, index) => resultInput(test, start + index * 60_000, { sessionStartedAt: at(0) }));
    await submit(attic.client, results.slice(0, 4));
    await submit(attic.client, results.slice(4));
    expect((await readTest(admin, test.id)).progress).toMatchObject({ expectedResults: 5, receivedResults: 5 });
    const query = 'query ($id: ID!) { test(id: $id) { results { totalCount } } }';
    expect(await admin.data(query, { id: test.id })).toEqual({ test: { results: { totalCount: 8 } } });
  });

  it('is told to agents: when the open session began and ends, and no start that is still to come', async () => {
    const test = await make({ durationSeconds: 3600, startsAt: at(5) });
    clock.advanceTo(at(1));
    await change('startTest', test.id);
    const once = await make({ durationSeconds: 0 });
    const query = 'subscription { assignmentsChanged { testId sessionStartedAt endsAt schedule { startsAt durationSeconds } } }';
    const work = new Events<{ assignmentsChanged: unknown[] }>(attic.socket, query);
    const begun = { sessionStartedAt: at(1) };
    expect((await work.next()).assignmentsChanged).toEqual([
      { testId: test.id, ...begun, endsAt: at(2), schedule: { startsAt: null, durationSeconds: 3600 } },
      { testId: once.id, ...begun, endsAt: null, schedule: { startsAt: null, durationSeconds: 0 } },
    ]);
    await work.end();
  });

  it('begins again for a test that was completed; what it brought before stays', async () => {
    const test = await make({ durationSeconds: 3600 });
    await submit(attic.client, [resultInput(test, start + 1000)]);
    clock.advanceTo(at(1));
    await is(test.id, 'COMPLETED');
    clock.advanceTo(at(4));
    await change('startTest', test.id);
    expect(await readTest(admin, test.id)).toMatchObject({
      ...{ status: 'RUNNING', startedAt: at(0), completedAt: null },
      progress: { percent: 0, receivedResults: 0, endsAt: at(5) },
    });
    const query = 'query ($id: ID!) { test(id: $id) { results { totalCount } } }';
    expect(await admin.data(query, { id: test.id })).toEqual({ test: { results: { totalCount: 1 } } });
  });
});
