import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from './testing/app.js';
import { socketClient, type HttpClient } from './testing/client.js';
import { agentInput } from './testing/agents.js';
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

const WORK = `subscription { assignmentsChanged { testId revision seed target { id address host port } probes { probe settings }
  schedule { intervalSeconds durationSeconds } } }`;
const CHANGED = 'subscription ($id: ID) { testChanged(id: $id) { id status revision assignments { nodes { status reason } } } }';

interface Work {
  readonly assignmentsChanged: {
    readonly testId: string;
    readonly revision: number;
    readonly seed: string;
    readonly target: { readonly address: string; readonly host: string | null };
    readonly probes: { readonly probe: string; readonly settings: Record<string, unknown> }[];
  }[];
}
interface Changed {
  readonly testChanged: {
    readonly status: string;
    readonly revision: number;
    readonly assignments: { readonly nodes: { readonly status: string }[] };
  };
}

describe('sessions', () => {
  let app: TestApp;
  let admin: HttpClient;

  beforeAll(async () => {
    app = await startTestApp();
    admin = await setUpAdmin(app);
  });
  afterAll(() => app.end());

  const isIn =
    (...statuses: string[]) =>
    ({ status }: SeenTest): boolean =>
      statuses.includes(status);
  const mutate = (name: string, id: string): Promise<unknown> => admin.data(`mutation ($id: ID!) { ${name}(id: $id) { id } }`, { id });
  const withWork = async (overrides: Record<string, unknown> = {}): Promise<{ agent: TideAgent; work: Events<Work> }> => {
    const agent = await tideAgent(app, 'Worker', overrides);
    return { agent, work: new Events<Work>(agent.socket, WORK) };
  };

  it('tell an agent all of its work at once, then again at each change', async () => {
    const { agent, work } = await withWork();
    expect(await work.next()).toEqual({ assignmentsChanged: [] });
    const probes = [{ probe: 'tide', settings: { harbour: 'north', pin: '4711' } }];
    const test = await createTest(admin, testInput([agent.id], { targets: ['a.example:7', 'b.example'], probes }));
    const { assignmentsChanged: both } = await work.next();
    expect(both.map(({ target }) => target)).toMatchObject([
      { address: 'a.example:7', host: 'a.example', port: 7 },
      { address: 'b.example', host: 'b.example', port: null },
    ]);
    expect(both[0]).toMatchObject({ testId: test.id, revision: 1, probes });
    expect(both[0]?.seed).not.toBe(both[1]?.seed);
    await mutate('pauseTest', test.id);
    expect(await work.next()).toEqual({ assignmentsChanged: [] });
    await mutate('startTest', test.id);
    expect((await work.next()).assignmentsChanged).toEqual(both);
    await admin.data('mutation ($ids: [ID!]!) { deleteTests(ids: $ids) }', { ids: [test.id] });
    expect(await work.next()).toEqual({ assignmentsChanged: [] });
    await work.end();
  });

  it('put the address of an agent into its place, and follow it', async () => {
    const { agent, work } = await withWork();
    await work.next();
    const goal = await tideAgent(app, 'Goal', { installId: 'goal-install', addresses: ['127.0.0.9'] });
    await createTest(admin, testInput([agent.id], { targets: [`agent:${goal.id}`] }));
    expect((await work.next()).assignmentsChanged[0]?.target.host).toBe('127.0.0.9');
    const describe = 'mutation ($input: RegisterAgentInput!) { describeAgent(input: $input) { id } }';
    await goal.client.data(describe, { input: agentInput({ installId: 'goal-install', probes: [tideProbe()], addresses: ['127.0.0.8'] }) });
    await work.until(({ assignmentsChanged }) => assignmentsChanged[0]?.target.host === '127.0.0.8');
    await work.end();
  });

  it('give work to an agent that learns the probe', async () => {
    const { agent, work } = await withWork({ installId: 'pupil-install', probes: [] });
    await work.next();
    const other = await tideAgent(app, 'Other');
    const test = await createTest(admin, testInput([agent.id, other.id]));
    expect((await work.next()).assignmentsChanged).toEqual([]);
    const describe = 'mutation ($input: RegisterAgentInput!) { describeAgent(input: $input) { id } }';
    await agent.client.data(describe, { input: agentInput({ installId: 'pupil-install', probes: [tideProbe()] }) });
    await work.until(({ assignmentsChanged }) => assignmentsChanged.length === 1);
    expect((await readTest(admin, test.id)).assignments.nodes.every(({ status }) => status === 'ASSIGNED')).toBe(true);
    await work.end();
  });

  it("end by the server's clock, also when no result comes", async () => {
    const agent = await tideAgent(app);
    const schedule = { intervalSeconds: 1, durationSeconds: 1 };
    const silent = await createTest(admin, testInput([agent.id], { schedule }));
    const speaking = await createTest(admin, testInput([agent.id], { schedule }));
    await submit(agent.client, [resultInput(speaking, Date.now())]);
    expect((await reaches(app, admin, speaking.id, isIn('COMPLETED'))).assignments.nodes).toMatchObject([
      { status: 'COMPLETED', reason: null },
    ]);
    expect((await reaches(app, admin, silent.id, isIn('FAILED'))).assignments.nodes).toMatchObject([{ status: 'FAILED' }]);
  });

  it('of one cycle end when its results are in', async () => {
    const { agent, work } = await withWork();
    await work.next();
    const test = await createTest(admin, testInput([agent.id], { schedule: { intervalSeconds: 60, durationSeconds: 0 } }));
    expect((await work.next()).assignmentsChanged).toHaveLength(1);
    await submit(agent.client, [resultInput(test, Date.now())]);
    expect((await reaches(app, admin, test.id, isIn('COMPLETED'))).assignments.nodes).toMatchObject([{ status: 'COMPLETED' }]);
    expect((await work.next()).assignmentsChanged).toEqual([]);
    await work.end();
  });

  it('open at their time, and again by cron', async () => {
    const agent = await tideAgent(app);
    const soon = new Date(Date.now() + 3000).toISOString();
    const once = await createTest(admin, testInput([agent.id], { schedule: { intervalSeconds: 1, startsAt: soon } }));
    expect(once.status).toBe('SCHEDULED');
    await reaches(app, admin, once.id, isIn('RUNNING'));
    const everySecond = { intervalSeconds: 1, durationSeconds: 0, cron: '* * * * * *', recurrence: 'CONTINUE' };
    const again = await createTest(admin, testInput([agent.id], { schedule: everySecond }));
    for (let session = 0; session < 2; session += 1) {
      await reaches(app, admin, again.id, ({ status, progress }) => status === 'RUNNING' && progress.receivedResults === 0);
      await submit(agent.client, [resultInput(again, Date.now())]);
    }
    await reaches(app, admin, again.id, isIn('SCHEDULED', 'RUNNING'));
    await mutate('stopTest', again.id);
    expect(await readTest(admin, again.id)).toMatchObject({ status: 'COMPLETED', schedule: { nextRunAt: null } });
  });

  it('make a child test each time where the schedule says NEW_TEST', async () => {
    const agent = await tideAgent(app);
    const schedule = { intervalSeconds: 1, durationSeconds: 0, cron: '* * * * * *', recurrence: 'NEW_TEST' };
    const events = new Events<{ testChanged: { parent: { id: string } | null; status: string } }>(
      socketClient(app.url, { cookie: admin.cookie }),
      'subscription { testChanged { status parent { id } } }',
    );
    const first = events.next();
    const parent = await createTest(admin, testInput([agent.id], { schedule }));
    await first;
    const { testChanged } = await events.until(({ testChanged: { parent: of } }) => of?.id === parent.id);
    expect(testChanged.status).toBe('RUNNING');
    expect((await readTest(admin, parent.id)).status).toBe('SCHEDULED');
    await mutate('stopTest', parent.id);
    await events.end();
  });

  it('push each result to who asked for it', async () => {
    const agent = await tideAgent(app);
    const [wanted, other] = [await createTest(admin, testInput([agent.id])), await createTest(admin, testInput([agent.id]))] as [
      SeenTest,
      SeenTest,
    ];
    const query =
      'subscription ($testId: ID, $agentId: ID) { resultAdded(testId: $testId, agentId: $agentId) { id test { id } metrics { metric value } } }';
    const events = new Events<{ resultAdded: { id: string } }>(socketClient(app.url, { cookie: admin.cookie }), query, {
      testId: wanted.id,
      agentId: agent.id,
    });
    let told: string | undefined;
    const telling = events.next().then(({ resultAdded }) => (told = resultAdded.id));
    // What was committed before the subscription stood is not told: send until something is.
    const sent: string[] = [];
    while (told === undefined) {
      const results = [other, wanted].map((test) => resultInput(test, Date.now()));
      sent.push(String(results[1]?.id));
      await submit(agent.client, results);
    }
    expect(sent).toContain(await telling);
    await events.end();
  });

  it('tell people how a test changes', async () => {
    const agent = await tideAgent(app);
    const test = await createTest(admin, testInput([agent.id]));
    const events = new Events<Changed>(socketClient(app.url, { cookie: admin.cookie }), CHANGED, { id: test.id });
    let told: Changed | undefined;
    const telling = events.next().then((changed) => (told = changed));
    const update = 'mutation ($id: ID!, $input: TestInput!) { updateTest(id: $id, input: $input) { revision } }';
    while (told === undefined) await admin.data(update, { id: test.id, input: testInput([agent.id]) });
    expect((await telling).testChanged).toMatchObject({
      status: 'RUNNING',
      assignments: { nodes: [{ status: 'ASSIGNED', reason: null }] },
    });
    expect(told).toBeDefined();
    await events.end();
  });

  it('are told to agents alone, with their own secret', async () => {
    const viewer = socketClient(app.url, { cookie: admin.cookie });
    await expect(new Events(viewer, WORK).next()).rejects.toThrow('FORBIDDEN');
  });
});
