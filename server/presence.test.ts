import { afterEach, describe, expect, it } from 'vitest';
import { HEARTBEAT, heartbeatInput, registeredAgent } from './testing/agents.js';
import { Agent } from './entities/agent.js';
import { startTestApp, type TestApp } from './testing/app.js';
import { socketClient } from './testing/client.js';
import { setUpAdmin, withApiToken } from './testing/people.js';

describe('the presence of agents', () => {
  let app: TestApp | undefined;
  afterEach(() => app?.end());

  it('is told by the server as silence grows, also after the socket is closed', async () => {
    app = await startTestApp({ heartbeatSeconds: 0.1, staleAfterSeconds: 0.5, offlineAfterSeconds: 1.5 });
    const viewer = await withApiToken(app, await setUpAdmin(app), 'VIEWER');
    const { id, secret } = await registeredAgent(app);
    const watching = socketClient(app.url, { bearer: viewer.secret });
    const changes = watching.iterate<{ agentChanged: { status: string } }>({
      query: 'subscription ($id: ID) { agentChanged(id: $id) { status } }',
      variables: { id },
    });
    // The subscription stands once the server has answered to something sent after it.
    const seen = changes.next();
    for await (const answer of watching.iterate({ query: '{ agents { totalCount } }' })) expect(answer.errors).toBeUndefined();

    const agent = socketClient(app.url, { bearer: secret });
    for await (const answer of agent.iterate({ query: HEARTBEAT, variables: { input: heartbeatInput() } }))
      expect(answer.errors).toBeUndefined();
    await agent.dispose();
    const told = [(await seen).value, (await changes.next()).value, (await changes.next()).value];
    expect(told.map((answer) => answer?.data?.agentChanged.status)).toEqual(['ONLINE', 'STALE', 'OFFLINE']);
    await watching.dispose();
  });

  it('counts the time that the server was away as silence', async () => {
    app = await startTestApp();
    const { id, client } = await registeredAgent(app);
    await client.data(HEARTBEAT, { input: heartbeatInput() });
    const subject = { id, disabled: false, deletedAt: null };
    expect(app.services.presence.statusOf(subject)).toBe('ONLINE');
    await app.orm.em.fork().nativeUpdate(Agent, {}, { lastSeenAt: new Date(Date.now() - 20_000) });
    await app.close();
    const { folder } = app;
    app = await startTestApp({}, folder);
    expect(app.services.presence.statusOf(subject)).toBe('STALE');
  });
});
