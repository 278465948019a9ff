import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from './config.js';
import { HttpClient, sendOver, socketClient } from './testing/client.js';
import { startTestApp, type TestApp } from './testing/app.js';
import { agentInput, REGISTER } from './testing/agents.js';

const ME = '{ me { username role } developmentMode setUpRequired }';
const DEVELOPER = { me: { username: 'developer', role: 'ADMIN' }, developmentMode: true, setUpRequired: false };

describe('development without login', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp({ devWithoutLogin: true });
  });
  afterAll(() => app.end());

  const whoAsks = async (headers: Record<string, string>): Promise<unknown> =>
    (await new HttpClient(app.url).send<{ me: unknown }>('{ me { username } }', {}, headers)).data.me;

  it('makes everyone on this machine an administrator, over HTTP and WebSocket, and says so', async () => {
    expect(await new HttpClient(app.url).data(ME)).toEqual(DEVELOPER);
    const socket = socketClient(app.url);
    expect((await sendOver(socket, ME)).data).toEqual(DEVELOPER);
    await socket.dispose();
    expect(app.logged.map(({ level, msg }) => ({ level, msg }))).toContainEqual({
      level: 40,
      msg: expect.stringMatching(/everyone on this machine/),
    });
  });

  it('is remembered by the audit log as what it is', async () => {
    const client = new HttpClient(app.url);
    await client.data('mutation { createApiToken(input: { name: "x", kind: API, role: VIEWER }) { secret } }');
    const { auditEvents } = await client.data<{ auditEvents: unknown }>('{ auditEvents(first: 1) { nodes { actor action } } }');
    expect(auditEvents).toEqual({ nodes: [{ actor: 'developer', action: 'token.create' }] });
  });

  it.each<Record<string, string>>([
    { 'x-forwarded-for': '203.0.113.7' },
    { forwarded: 'for=203.0.113.7' },
    { 'x-real-ip': '203.0.113.7' },
    { via: '1.1 proxy.example' },
    { origin: 'http://elsewhere.example' },
    { origin: 'null' },
    { authorization: 'Bearer nonsense' },
  ])('is not for a request with %j', async (headers) => {
    expect(await whoAsks(headers)).toBeNull();
  });

  it('is not for a name that somebody pointed at this machine', async () => {
    const body = JSON.stringify({ query: '{ me { username } }' });
    const options = {
      port: app.port,
      path: '/graphql',
      method: 'POST',
      headers: { host: 'rebound.example', 'content-type': 'application/json' },
    };
    const answer = await new Promise<string>((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', ...options }, (response) => {
        response.setEncoding('utf8').on('data', resolve);
      });
      sent.on('error', reject).end(body);
    });
    expect(JSON.parse(answer)).toEqual({ data: { me: null } });
  });

  it('needs no cookie, and minds none that is left from elsewhere', async () => {
    const cookie = 'streamswarm_session=of-another-server';
    expect(await whoAsks({ cookie })).toEqual({ username: 'developer' });
    const socket = socketClient(app.url, { cookie });
    expect((await sendOver(socket, ME)).data).toEqual(DEVELOPER);
    await socket.dispose();
  });

  it('is for its own page', async () => {
    expect(await whoAsks({ origin: app.url })).toEqual({ username: 'developer' });
  });

  it('lets no agent in without a token', async () => {
    expect(await new HttpClient(app.url).code(REGISTER, { input: agentInput() })).toBe('FORBIDDEN');
  });

  it.each([
    [{ host: '0.0.0.0' }, {}, /use --host 127\.0\.0\.1 instead of 0\.0\.0\.0/],
    [{ host: '192.0.2.1' }, {}, /loopback alone/],
    [{}, { NODE_ENV: 'production' }, /never works with NODE_ENV=production/],
    [{ trustProxy: true }, {}, /leave out --trust-proxy/],
    [{ publicUrl: 'https://swarm.example' }, {}, /leave out --public-url/],
  ])('does not start with %j and %j', (options, environment, message) => {
    expect(() => loadConfig({ devWithoutLogin: true, ...options }, environment)).toThrow(message);
  });

  it.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('can be had on %s, also by the environment', (host) => {
    expect(loadConfig({ host }, { STREAMSWARM_DEV_WITHOUT_LOGIN: 'true' }).devWithoutLogin).toBe(true);
  });
});
