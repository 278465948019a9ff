import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from './testing/app.js';
import { socketClient, type HttpClient } from './testing/client.js';
import { createTest, Events, reaches, readTest, resultInput, submit, testInput, tideAgent, type TideAgent } from './testing/measuring.js';
import { setUpAdmin } from './testing/people.js';

const WORK = 'subscription { assignmentsChanged { testId } }';

interface Work {
  readonly assignmentsChanged: readonly { readonly testId: string }[];
}

describe('an agent that is disabled', () => {
  let app: TestApp;
  let admin: HttpClient;

  beforeAll(async () => {
    app = await startTestApp();
    admin = await setUpAdmin(app);
  });
  afterAll(() => app.end());

  const setDisabled = (id: string, disabled: boolean): Promise<unknown> =>
    admin.data('mutation ($id: ID!, $disabled: Boolean!) { updateAgent(id: $id, input: { disabled: $disabled }) { status } }', {
      id,
      disabled,
    });
  const working = async (name: string): Promise<{ agent: TideAgent; work: Events<Work> }> => {
    const agent = await tideAgent(app, name);
    const work = new Events<Work>(agent.socket, WORK);
    expect(await work.next()).toEqual({ assignmentsChanged: [] });
    return { agent, work };
  };

  it('is told at once that it has nothing to do, and its work again when it is enabled', async () => {
    const { agent, work } = await working('Switched');
    const { id } = await createTest(admin, testInput([agent.id]));
    expect(await work.next()).toEqual({ assignmentsChanged: [{ testId: id }] });
    await setDisabled(agent.id, true);
    expect(await work.next()).toEqual({ assignmentsChanged: [] });
    await setDisabled(agent.id, false);
    expect(await work.next()).toEqual({ assignmentsChanged: [{ testId: id }] });
    await work.end();
  });

  it('gets no work when it signs in, nor from a test that is made or started meanwhile', async () => {
    const agent = await tideAgent(app, 'Away');
    const before = await createTest(admin, testInput([agent.id]));
    await setDisabled(agent.id, true);
    const work = new Events<Work>(socketClient(app.url, { bearer: agent.secret }), WORK);
    expect(await work.next()).toEqual({ assignmentsChanged: [] });
    await createTest(admin, testInput([agent.id]));
    expect(await work.next()).toEqual({ assignmentsChanged: [] });
    expect(await readTest(admin, before.id)).toMatchObject({ status: 'RUNNING', assignments: { nodes: [{ status: 'ASSIGNED' }] } });
    await work.end();
  });

  it('may deliver what it had measured: it is stored, and counts in its session', async () => {
    const agent = await tideAgent(app, 'Late');
    const test = await createTest(admin, testInput([agent.id]));
    await setDisabled(agent.id, true);
    const result = resultInput(test, Date.now());
    expect(await submit(agent.client, [result])).toEqual({ accepted: [result.id], rejected: [] });
    expect((await readTest(admin, test.id)).progress.receivedResults).toBe(1);
  });

  it('is not waited for by a test of one cycle, which says why it brought nothing', async () => {
    const [off, on] = [await tideAgent(app, 'Off'), await tideAgent(app, 'On')];
    await setDisabled(off.id, true);
    const test = await createTest(admin, testInput([off.id, on.id], { schedule: { intervalSeconds: 3600, durationSeconds: 0 } }));
    expect(test).toMatchObject({ status: 'RUNNING', progress: { expectedResults: 2 } });
    await submit(on.client, [resultInput(test, Date.now())]);
    const { assignments } = await reaches(app, admin, test.id, ({ status }) => status === 'COMPLETED');
    expect(assignments.nodes.find(({ agent }) => agent.id === on.id)).toMatchObject({ status: 'COMPLETED' });
    expect(assignments.nodes.find(({ agent }) => agent.id === off.id)).toMatchObject({
      status: 'FAILED',
      reason: 'The agent is disabled: it measures nothing until it is enabled.',
    });
  });

  it('is remembered with its times, by which gaps are explained', async () => {
    const agent = await tideAgent(app, 'Silent');
    const kinds = async (): Promise<string[]> =>
      (await app.orm.em.fork().execute<{ kind: string }[]>('select kind from agent_event where agent_id = ? order by id', [agent.id])).map(
        ({ kind }) => kind,
      );
    for (const [disabled, kind] of [
      [true, 'DISABLED'],
      [false, 'ENABLED'],
    ] as const) {
      await setDisabled(agent.id, disabled);
      await expect.poll(async () => (await kinds()).at(-1)).toBe(kind);
    }
  });
});
