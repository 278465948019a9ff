import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { Session } from './entities/session.js';
import { registeredAgent } from './testing/agents.js';
import { startTestApp, type TestApp } from './testing/app.js';
import { sendOver, socketClient, type Carries, type HttpClient } from './testing/client.js';
import { ADMIN, setUpAdmin, withApiToken } from './testing/people.js';

describe('GraphQL over WebSocket', () => {
  let app: TestApp;
  let admin: HttpClient;
  beforeEach(async () => {
    app = await startTestApp({ revocationCheckSeconds: 0.2 });
    admin = await setUpAdmin(app);
  });
  afterEach(() => app.end());

  const sockets: WebSocket[] = [];
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.terminate();
  });

  /** Opens a socket: `acknowledged` or not, and the code that the server closes it with. */
  async function open(carries: Carries, origin?: string): Promise<{ acknowledged: boolean; closed: Promise<number> }> {
    const headers = { ...(carries.cookie === undefined ? {} : { cookie: carries.cookie }), ...(origin === undefined ? {} : { origin }) };
    const socket = new WebSocket(`${app.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers });
    sockets.push(socket);
    await once(socket, 'open');
    const closed = once(socket, 'close').then(([code]) => code as number);
    const payload = carries.bearer === undefined ? {} : { authorization: `Bearer ${carries.bearer}` };
    socket.send(JSON.stringify({ type: 'connection_init', payload }));
    return { acknowledged: await Promise.race([closed.then(() => false), once(socket, 'message').then(() => true)]), closed };
  }

  /** The code that a socket is refused with; 0 where it is welcome. */
  async function closeCode(carries: Carries, origin?: string): Promise<number> {
    const { acknowledged, closed } = await open(carries, origin);
    return acknowledged ? 0 : closed;
  }

  it('closes a socket without a credential, or with a wrong one, with 4403', async () => {
    expect(await closeCode({})).toBe(4403);
    expect(await closeCode({ bearer: `ssa_${'A'.repeat(43)}` })).toBe(4403);
    expect(await closeCode({ bearer: 'nonsense' })).toBe(4403);
    expect(await closeCode({ cookie: 'streamswarm_session=nonsense' })).toBe(4403);
  });

  it('takes a bearer secret before a cookie, even when it is the wrong one', async () => {
    expect(await closeCode({ cookie: admin.cookie })).toBe(0);
    expect(await closeCode({ cookie: admin.cookie, bearer: `ssa_${'A'.repeat(43)}` })).toBe(4403);
  });

  it('takes a cookie from a page of its own only', async () => {
    expect(await closeCode({ cookie: admin.cookie }, app.url)).toBe(0);
    expect(await closeCode({ cookie: admin.cookie }, 'http://elsewhere.example')).toBe(4403);
    expect(await closeCode({ cookie: admin.cookie }, 'null')).toBe(4403);
    const { secret } = await withApiToken(app, admin, 'VIEWER');
    expect(await closeCode({ bearer: secret }, 'http://elsewhere.example')).toBe(0);
  });

  it('closes with 4401 at once when a token is revoked or gets a new secret', async () => {
    for (const mutation of ['revokeApiToken', 'regenerateApiToken']) {
      const { secret, tokenId } = await withApiToken(app, admin, 'VIEWER');
      const { closed } = await open({ bearer: secret });
      await admin.data(`mutation ($id: ID!) { ${mutation}(id: $id) { __typename } }`, { id: tokenId });
      expect(await closed).toBe(4401);
      expect(await closeCode({ bearer: secret })).toBe(4403);
    }
  });

  it('closes with 4401 when the person signs out', async () => {
    const { closed } = await open({ cookie: admin.cookie });
    await admin.data('mutation { logout }');
    expect(await closed).toBe(4401);
  });

  it('closes with 4401 when a session runs out, or another process ends it, without an event', async () => {
    const { closed } = await open({ cookie: admin.cookie });
    await app.orm.em.fork().nativeDelete(Session, {});
    expect(await closed).toBe(4401);
  });

  it('closes the socket of an agent that is deleted', async () => {
    const { id, secret } = await registeredAgent(app);
    const { closed } = await open({ bearer: secret });
    await admin.data('mutation ($id: ID!) { deleteAgent(id: $id) }', { id });
    expect(await closed).toBe(4401);
    expect(await closeCode({ bearer: secret })).toBe(4403);
  });

  it('has the same permissions and errors as HTTP', async () => {
    const viewer = await withApiToken(app, admin, 'VIEWER');
    const socket = socketClient(app.url, { bearer: viewer.secret });
    for (const query of [
      'mutation { createApiToken(input: { name: "x", kind: API, role: ADMIN }) { secret } }',
      'mutation { heartbeat(input: { protocol: 1, sentAt: "2026-01-01T00:00:00Z", spooledResults: 0, droppedResults: 0 }) { receivedAt } }',
      '{ agents(first: 0) { totalCount } }',
    ]) {
      const overHttp = await viewer.send(query);
      const overSocket = await sendOver(socket, query);
      expect(overSocket.errors?.[0]?.extensions).toEqual(overHttp.errors?.[0]?.extensions);
      expect(overSocket.errors?.[0]?.extensions.code).toMatch(/FORBIDDEN|BAD_USER_INPUT/);
    }
    await socket.dispose();
  });

  it('refuses to sign in or out: it cannot set a cookie', async () => {
    const socket = socketClient(app.url, { cookie: admin.cookie });
    for (const operation of [
      `login(username: "${ADMIN.username}", password: "${ADMIN.password}") { id }`,
      'logout',
      'setUp(token: "x", username: "x", password: "x") { id }',
    ]) {
      const { errors } = await sendOver(socket, `mutation { ${operation} }`);
      expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
      expect(errors?.[0]?.message).toMatch(/over HTTP only/);
    }
    await socket.dispose();
  });

  it('tells subscribers of a change with the state as it is then', async () => {
    const { id } = await registeredAgent(app);
    const socket = socketClient(app.url, { cookie: admin.cookie });
    const changes = socket.iterate<{ agentChanged: { name: string } }>({ query: 'subscription { agentChanged { name } }' });
    const first = changes.next();
    await sendOver(socket, '{ __typename }');
    for (const name of ['Roof', 'Cellar']) {
      await admin.data('mutation ($id: ID!, $name: String) { updateAgent(id: $id, input: { name: $name }) { id } }', { id, name });
      const { value } = name === 'Roof' ? await first : await changes.next();
      expect(value?.data).toEqual({ agentChanged: { name } });
    }
    await socket.dispose();
  });
});
