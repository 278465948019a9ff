import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from './testing/app.js';
import type { HttpClient } from './testing/client.js';
import { hourOfThePast, TestClock } from './testing/clock.js';
import { createTest, reaches, resultInput, submit, testInput, tideAgent, type SeenTest, type TideAgent } from './testing/measuring.js';
import { setUpAdmin, withApiToken } from './testing/people.js';

const HOUR = 3_600_000;
const DELETE = 'mutation ($ids: [ID!]!) { deleteTests(ids: $ids) }';

interface Listed {
  readonly id: string;
  readonly name: string;
  readonly childCount: number;
}

describe('a test whose sessions are tests of their own, when it is deleted', () => {
  let app: TestApp;
  let admin: HttpClient;
  let attic: TideAgent;
  let clock: TestClock;
  let start: number;

  beforeEach(async () => {
    start = hourOfThePast();
    clock = new TestClock(start);
    app = await startTestApp({}, undefined, clock);
    admin = await withApiToken(app, await setUpAdmin(app), 'ADMIN');
    attic = await tideAgent(app);
  });
  afterEach(() => app.end());

  const make = (schedule: Record<string, unknown> = {}, name = 'Harbours'): Promise<SeenTest> =>
    createTest(admin, testInput([attic.id], { name, schedule: { intervalSeconds: 60, durationSeconds: 60, ...schedule } }));
  const recurring = (name?: string): Promise<SeenTest> => make({ cron: '0 * * * *', recurrence: 'NEW_TEST' }, name);
  const listed = async (): Promise<Listed[]> =>
    (await admin.data<{ tests: { nodes: Listed[] } }>('{ tests { nodes { id name childCount } } }')).tests.nodes;
  const childrenOf = async ({ id }: SeenTest): Promise<Listed[]> => {
    type Node = Listed & { parent: { id: string } | null };
    const { tests } = await admin.data<{ tests: { nodes: Node[] } }>('{ tests { nodes { id name childCount parent { id } } } }');
    return tests.nodes.filter(({ parent }) => parent?.id === id);
  };
  /** Its sessions of the next hours have begun. */
  const passHours = async (test: SeenTest, hours: number): Promise<void> => {
    for (let hour = 1; hour <= hours; hour++) {
      clock.advanceTo(new Date(start + hour * HOUR).toISOString());
      const next = new Date(start + (hour + 1) * HOUR).toISOString();
      await reaches(app, admin, test.id, ({ schedule }) => schedule.nextRunAt === next);
    }
  };
  const audited = async (): Promise<{ subject: string; details: unknown }[]> => {
    const query = '{ auditEvents { nodes { action subject details } } }';
    const { auditEvents } = await admin.data<{ auditEvents: { nodes: { action: string; subject: string; details: unknown }[] } }>(query);
    return auditEvents.nodes.filter(({ action }) => action === 'test.delete').map(({ subject, details }) => ({ subject, details }));
  };

  it('says before how many tests go with it, and takes them and their results along', async () => {
    const parent = await recurring();
    const other = await make({}, 'Other');
    await passHours(parent, 2);
    const children = await childrenOf(parent);
    expect(children).toHaveLength(2);
    expect(await listed()).toContainEqual({ id: parent.id, name: 'Harbours', childCount: 2 });
    const [open] = children;
    const child = await reaches(app, admin, open?.id ?? '', ({ status }) => status === 'RUNNING');
    const result = resultInput(child, start + 2 * HOUR + 1000);
    expect((await submit(attic.client, [result])).rejected).toEqual([]);

    expect(await admin.data(DELETE, { ids: [parent.id] })).toEqual({ deleteTests: 3 });
    expect(await listed()).toEqual([{ id: other.id, name: 'Other', childCount: 0 }]);
    expect(await admin.data('{ overview { tests } }')).toEqual({ overview: { tests: 1 } });
    expect(await admin.code('query ($id: ID!) { test(id: $id) { id } }', { id: child.id })).toBe('NOT_FOUND');
    expect(await admin.code('query ($id: ID!) { result(id: $id) { id } }', { id: result.id })).toBe('NOT_FOUND');
    expect(await audited()).toEqual(
      expect.arrayContaining([
        { subject: parent.id, details: { name: 'Harbours', children: 2 } },
        ...children.map(({ id, name }) => ({ subject: id, details: { name, parent: parent.id } })),
      ]),
    );

    await app.services.purge.idle();
    const { store } = app.services;
    expect(await store.read('select id from test')).toEqual([{ id: other.id }]);
    expect(await store.read('select test_id from assignment')).toEqual([{ test_id: other.id }]);
    // Its next session does not come.
    clock.advanceTo(new Date(start + 5 * HOUR).toISOString());
    expect(await listed()).toHaveLength(1);
  });

  it('is counted once, and so is a child that was named too; whoever lists tests hears of them all', async () => {
    const [one, two] = [await recurring('One'), await recurring('Two')];
    await passHours(one, 1);
    await reaches(app, admin, two.id, ({ schedule }) => schedule.nextRunAt === new Date(start + 2 * HOUR).toISOString());
    const [ofOne] = await childrenOf(one);
    const [ofTwo] = await childrenOf(two);
    const told: string[] = [];
    const unlisten = app.pubsub.listen('testsDeleted', ({ testIds }) => void told.push(...testIds));
    expect(await admin.data(DELETE, { ids: [ofOne?.id, one.id, one.id] })).toEqual({ deleteTests: 2 });
    expect(new Set(told)).toEqual(new Set([one.id, ofOne?.id]));
    expect(told).toHaveLength(2);
    expect(await admin.data(DELETE, { ids: [ofTwo?.id] })).toEqual({ deleteTests: 1 });
    expect(await listed()).toEqual([{ id: two.id, name: 'Two', childCount: 0 }]);
    unlisten();
  });
});
