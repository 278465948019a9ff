import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from './testing/app.js';
import { sendOver, socketClient, type HttpClient } from './testing/client.js';
import { createTest, Events, resultInput, submit, testInput, tideAgent, type SeenTest, type TideAgent } from './testing/measuring.js';
import { setUpAdmin } from './testing/people.js';

const FIELDS = `id sequence revision status startedAt scheduledAt receivedAt test { id } agent { id name } target { id address }
  metrics { metric value unit errorBound } runs { probe status method startedAt durationMs flow error { code message } absent { metric reason } }`;

interface Told {
  readonly resultAdded: { readonly id: string; readonly agent: { readonly name: string } };
}

describe('a result that subscribers are told of', () => {
  let app: TestApp;
  let admin: HttpClient;
  let agent: TideAgent;
  let test: SeenTest;
  let events: Events<Told>;
  beforeAll(async () => {
    app = await startTestApp();
    admin = await setUpAdmin(app);
    agent = await tideAgent(app);
    test = await createTest(admin, testInput([agent.id]));
    const socket = socketClient(app.url, { cookie: admin.cookie });
    events = new Events(socket, `subscription { resultAdded { ${FIELDS} } }`);
    // An answered query says that the subscription before it stands: a socket's messages are taken in order.
    await sendOver(socket, '{ __typename }');
  });
  afterAll(async () => {
    await events.end();
    await app.end();
  });

  it('is the one that is stored, in each of its fields', async () => {
    const run = {
      probe: 'tide',
      status: 'FAILED',
      startedAt: new Date().toISOString(),
      durationMs: 3.25,
      method: 'by eye',
      errorCode: 'TIMEOUT',
    };
    const flow = { remoteAddress: '127.0.0.1', remotePort: 4000, family: 4, dscp: 46 };
    const input = resultInput(test, Date.now(), {
      errorBounds: { 'tide.level': 0.25 },
      runs: [{ ...run, flow, absent: { 'tide.level': 'fog' } }],
    });
    await submit(agent.client, [input]);
    const { resultAdded } = await events.next();
    const { result } = await admin.data(`query ($id: ID!) { result(id: $id) { ${FIELDS} } }`, { id: resultAdded.id });
    expect(resultAdded).toEqual(result);
  });

  it('stays so when it is one of many: their document is then compiled', async () => {
    const inputs = Array.from({ length: 30 }, (_, index) =>
      resultInput(test, Date.now() + index, { status: index % 2 ? 'OK' : 'PARTIAL', errorBounds: index % 3 ? {} : { 'tide.level': 1 } }),
    );
    await submit(agent.client, inputs);
    const told = new Map<string, unknown>();
    for (let each = await events.next(); ; each = await events.next()) {
      told.set(each.resultAdded.id, each.resultAdded);
      if (told.size === inputs.length) break;
    }
    for (const [id, seen] of told)
      expect(seen).toEqual((await admin.data(`query ($id: ID!) { result(id: $id) { ${FIELDS} } }`, { id })).result);
  });

  it('names its agent as it is called by now', async () => {
    for (const name of ['Cellar', 'Roof']) {
      await admin.data('mutation ($id: ID!, $name: String!) { updateAgent(id: $id, input: { name: $name }) { id } }', {
        id: agent.id,
        name,
      });
      await submit(agent.client, [resultInput(test, Date.now())]);
      expect((await events.next()).resultAdded.agent.name).toBe(name);
    }
  });
});
