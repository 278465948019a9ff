import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { agentInput } from './testing/agents.js';
import { startTestApp, type TestApp } from './testing/app.js';
import { socketClient, type HttpClient } from './testing/client.js';
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
  tideProbe,
  type SeenTest,
  type TideAgent,
} from './testing/measuring.js';
import { setUpAdmin } from './testing/people.js';

const HOUR = 3_600_000;
const HOURLY = { durationSeconds: 1800, cron: '0 * * * *', recurrence: 'CONTINUE' };

describe("a test's life", () => {
  let app: TestApp;
  let admin: HttpClient;
  let attic: TideAgent;
  let clock: TestClock;
  let start: number;

  beforeEach(async () => {
    start = hourOfThePast();
    clock = new TestClock(start);
    app = await startTestApp({}, undefined, clock);
    admin = await setUpAdmin(app);
    attic = await tideAgent(app);
  });
  afterEach(() => app.end());

  const at = (hours: number): string => new Date(start + hours * HOUR).toISOString();
  const inputOf = (schedule: Record<string, unknown>, agentIds = [attic.id]): Record<string, unknown> =>
    testInput(agentIds, { schedule: { intervalSeconds: 60, ...schedule } });
  const make = (schedule: Record<string, unknown>, agentIds?: string[]): Promise<SeenTest> =>
    createTest(admin, inputOf(schedule, agentIds));
  const change = (name: string, id: string): Promise<unknown> => admin.data(`mutation ($id: ID!) { ${name}(id: $id) { id } }`, { id });
  const edit = (id: string, input: Record<string, unknown>): Promise<unknown> =>
    admin.data('mutation ($id: ID!, $input: TestInput!) { updateTest(id: $id, input: $input) { id } }', { id, input });
  const is = (id: string, status: string): Promise<SeenTest> => reaches(app, admin, id, (test) => test.status === status);
  const planned = (id: string, nextRunAt: string): Promise<SeenTest> =>
    reaches(app, admin, id, ({ schedule }) => schedule.nextRunAt === nextRunAt);
  const childOf = async (id: string): Promise<string | undefined> => {
    const { tests } = await admin.data<{ tests: { nodes: { id: string; parent: { id: string } | null }[] } }>(
      '{ tests { nodes { id parent { id } } } }',
    );
    return tests.nodes.find(({ parent }) => parent?.id === id)?.id;
  };

  it('goes on with its next time when none of its agents could run it at one', async () => {
    const pupil = await tideAgent(app, 'Pupil', { installId: 'pupil-install', probes: [] });
    const { id } = await make(HOURLY, [pupil.id]);
    clock.advanceTo(at(1));
    expect(await planned(id, at(2))).toMatchObject({ status: 'SCHEDULED', startedAt: null, completedAt: null });
    const describe = 'mutation ($input: RegisterAgentInput!) { describeAgent(input: $input) { id } }';
    await pupil.client.data(describe, { input: agentInput({ installId: 'pupil-install', probes: [tideProbe()] }) });
    clock.advanceTo(at(2));
    expect(await is(id, 'RUNNING')).toMatchObject({ startedAt: at(2), progress: { endsAt: at(2.5) } });
  });

  it('FAILED where none of its agents can run it and no other time is to come', async () => {
    const bare = await tideAgent(app, 'Bare', { probes: [] });
    const { id } = await make({ startsAt: at(1) }, [bare.id]);
    clock.advanceTo(at(1));
    expect(await is(id, 'FAILED')).toMatchObject({ completedAt: at(1), schedule: { nextRunAt: null } });
  });

  it('stops, pauses and goes on together with the child that is its open session', async () => {
    const parent = await make({ ...HOURLY, durationSeconds: 7200, recurrence: 'NEW_TEST' });
    clock.advanceTo(at(1));
    await planned(parent.id, at(2));
    const child = (await childOf(parent.id)) ?? '';
    await change('pauseTest', parent.id);
    expect(await readTest(admin, parent.id)).toMatchObject({ status: 'PAUSED', schedule: { nextRunAt: null } });
    expect((await readTest(admin, child)).status).toBe('PAUSED');
    clock.advanceTo(at(1.5));
    await change('startTest', parent.id);
    expect(await readTest(admin, parent.id)).toMatchObject({ status: 'SCHEDULED', schedule: { nextRunAt: at(2) } });
    expect(await readTest(admin, child)).toMatchObject({ status: 'RUNNING', progress: { endsAt: at(3.5) } });
    await change('stopTest', parent.id);
    expect(await readTest(admin, parent.id)).toMatchObject({ status: 'COMPLETED', schedule: { nextRunAt: null } });
    expect(await readTest(admin, child)).toMatchObject({ status: 'COMPLETED', completedAt: at(1.5) });
  });

  it('holds its sessions to come while it is paused before them, and waits for the next one when it is started', async () => {
    const { id } = await make(HOURLY);
    clock.advanceTo(at(1));
    const test = await is(id, 'RUNNING');
    await submit(attic.client, [resultInput(test, start + HOUR)]);
    clock.advanceTo(at(1.5));
    await is(id, 'SCHEDULED');
    await change('pauseTest', id);
    clock.advanceTo(at(4.25));
    await edit(id, inputOf(HOURLY));
    const held = { status: 'PAUSED', schedule: { nextRunAt: null }, assignments: { nodes: [{ status: 'COMPLETED' }] } };
    expect(await readTest(admin, id)).toMatchObject({ ...held, progress: { percent: 100, receivedResults: 1, endsAt: null } });
    await change('startTest', id);
    expect(await readTest(admin, id)).toMatchObject({ status: 'SCHEDULED', schedule: { nextRunAt: at(5) } });
    clock.advanceTo(at(5));
    expect(await is(id, 'RUNNING')).toMatchObject({ progress: { endsAt: at(5.5) } });
  });

  it('opens at once when it is started after the only time that it was held beyond', async () => {
    const { id } = await make({ startsAt: at(1), durationSeconds: 1800 });
    await change('pauseTest', id);
    clock.advanceTo(at(3));
    expect((await readTest(admin, id)).status).toBe('PAUSED');
    await change('startTest', id);
    expect(await readTest(admin, id)).toMatchObject({ status: 'RUNNING', startedAt: at(3), progress: { endsAt: at(3.5) } });
  });

  it('is SCHEDULED again when it is over and gets another start that is to come, and not by any other edit', async () => {
    const { id } = await make({ durationSeconds: 1800 });
    clock.advanceTo(at(0.5));
    await is(id, 'FAILED');
    await edit(id, inputOf({ durationSeconds: 3600 }));
    expect((await readTest(admin, id)).status).toBe('FAILED');
    await edit(id, inputOf({ durationSeconds: 1800, startsAt: at(2) }));
    expect(await readTest(admin, id)).toMatchObject({ status: 'SCHEDULED', completedAt: null, schedule: { nextRunAt: at(2) } });
    await change('stopTest', id);
    await edit(id, inputOf({ durationSeconds: 3600, startsAt: at(2) }));
    expect((await readTest(admin, id)).status).toBe('COMPLETED');
    await edit(id, inputOf({ durationSeconds: 3600, startsAt: at(3) }));
    clock.advanceTo(at(3));
    expect(await is(id, 'RUNNING')).toMatchObject({ progress: { endsAt: at(4) } });
  });

  it('says of no assignment that it brought nothing, where no session was open when it was stopped', async () => {
    const { id } = await make({ startsAt: at(5) });
    await change('stopTest', id);
    expect(await readTest(admin, id)).toMatchObject({
      ...{ status: 'COMPLETED', startedAt: null, completedAt: at(0), schedule: { nextRunAt: null } },
      assignments: { nodes: [{ status: 'ASSIGNED', reason: null }] },
    });
  });

  it('names the next session only where one comes', async () => {
    const nextOf = async (schedule: Record<string, unknown>, agentIds?: string[]): Promise<string | null> =>
      (await make(schedule, agentIds)).schedule.nextRunAt;
    expect(await nextOf(HOURLY)).toBe(at(1));
    expect(await nextOf(HOURLY, [])).toBeNull();
    const endless = await make({ ...HOURLY, durationSeconds: null });
    const long = await make({ ...HOURLY, durationSeconds: 9000 });
    const early = await make({ startsAt: at(9) });
    await change('startTest', early.id);
    clock.advanceTo(at(1));
    await is(endless.id, 'RUNNING');
    await is(long.id, 'RUNNING');
    const seen = await Promise.all([endless, long, early].map(async ({ id }) => (await readTest(admin, id)).schedule.nextRunAt));
    expect(seen).toEqual([null, at(4), null]);
    await change('pauseTest', long.id);
    expect((await readTest(admin, long.id)).schedule.nextRunAt).toBeNull();
    clock.advanceTo(at(2));
    await change('startTest', long.id);
    expect(await readTest(admin, long.id)).toMatchObject({ progress: { endsAt: at(4.5) }, schedule: { nextRunAt: at(5) } });
  });

  it('is told to who lists tests when it is deleted', async () => {
    const events = new Events<{ testsDeleted: string[] }>(socketClient(app.url, { cookie: admin.cookie }), 'subscription { testsDeleted }');
    let told: string[] | undefined;
    const telling = events.next().then(({ testsDeleted }) => (told = testsDeleted));
    const deleted: string[] = [];
    // What was deleted before the subscription stood is not told: delete until something is.
    while (told === undefined) {
      const { id } = await make({});
      deleted.push(id);
      await admin.data('mutation ($ids: [ID!]!) { deleteTests(ids: $ids) }', { ids: [id, 'no-such-test'] });
    }
    const [id, ...others] = await telling;
    expect(deleted).toContain(id);
    expect(others).toEqual([]);
    await events.end();
  });

  it('ends the subscription of who follows it alone when it is deleted', async () => {
    const { id } = await make({});
    const client = socketClient(app.url, { cookie: admin.cookie });
    const subscription = 'subscription ($id: ID) { testChanged(id: $id) { id } }';
    const [own, all] = [id, null].map((which) => client.iterate({ query: subscription, variables: { id: which } })) as [
      AsyncIterableIterator<unknown>,
      AsyncIterableIterator<{ data?: unknown }>,
    ];
    // Both stand once each has heard of a change; what one hears more often waits.
    const heard = [own.next(), all.next()].map((first) => first.then(() => true));
    const both = Promise.all(heard);
    let standing = false;
    void both.then(() => (standing = true));
    while (!standing) await change('pauseTest', id).then(() => change('startTest', id));
    const ended = (async () => {
      for await (const event of own) void event;
    })();
    const other = await make({});
    await admin.data('mutation ($ids: [ID!]!) { deleteTests(ids: $ids) }', { ids: [other.id] });
    await admin.data('mutation ($ids: [ID!]!) { deleteTests(ids: $ids) }', { ids: [id] });
    await ended;
    // Who follows all tests goes on.
    const third = await make({});
    for await (const { data } of all) if ((data as { testChanged: { id: string } }).testChanged.id === third.id) break;
    await client.dispose();
  });

  it('may be deleted, or its agents named, among more ids than a statement of the database can hold', async () => {
    const ids = Array.from({ length: 40_000 }, (_, index) => `no-test-${index}`);
    const { id } = await make({});
    const query = 'mutation ($ids: [ID!]!) { deleteTests(ids: $ids) }';
    expect(await admin.data(query, { ids: [id, ...ids, id] })).toEqual({ deleteTests: 1 });
    const create = 'mutation ($input: TestInput!) { createTest(input: $input) { id } }';
    const { errors } = await admin.send(create, { input: inputOf({}, ids) });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});
