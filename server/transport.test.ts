import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { registeredAgent } from './testing/agents.js';
import { startTestApp, type TestApp } from './testing/app.js';
import type { HttpClient } from './testing/client.js';
import { setUpAdmin } from './testing/people.js';
import { setSetting } from './testing/settings.js';

const JSON_TYPE = 'application/json';

describe('HTTP requests', () => {
  let app: TestApp;
  let admin: HttpClient;
  beforeAll(async () => {
    app = await startTestApp();
    admin = await setUpAdmin(app);
  });
  afterAll(() => app.end());

  async function post(body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}, contentType = JSON_TYPE) {
    const response = await fetch(`${app.url}/graphql`, { method: 'POST', headers: { 'content-type': contentType, ...headers }, body });
    const answer = (await response.json()) as { errors?: { extensions: { code: string } }[] };
    return { status: response.status, code: answer.errors?.[0]?.extensions.code };
  }
  const QUERY = '{"query":"{ setUpRequired }"}';

  it.each([
    ['that are no JSON', '{"query":', 400, 'BAD_USER_INPUT'],
    ['that are empty', '', 400, 'BAD_USER_INPUT'],
    ['that are not UTF-8', new Uint8Array([0x22, 0xc3, 0x28, 0x22]), 400, 'BAD_USER_INPUT'],
    [
      'that are nested too deep',
      `{"query":"{ me { id } }","variables":{"a":${'['.repeat(5000)}${']'.repeat(5000)}}}`,
      400,
      'BAD_USER_INPUT',
    ],
    ['that would change every object', '{"query":"{ me { id } }","__proto__":{"admin":true}}', 400, 'BAD_USER_INPUT'],
    ['that hold several operations', `[${QUERY},${QUERY}]`, 400, 'BAD_USER_INPUT'],
    [
      'that are too large',
      JSON.stringify({ query: '{ setUpRequired }', variables: { a: 'x'.repeat(9_000_000) } }),
      413,
      'QUERY_TOO_COMPLEX',
    ],
  ])('%s are answered in JSON, as the fault of the client', async (_what, body, status, code) => {
    expect(await post(body)).toEqual({ status, code });
  });

  it('of other types than JSON are refused: a form of any page can send those', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/html']) {
      expect(await post(QUERY, {}, type)).toEqual({ status: 415, code: 'BAD_USER_INPUT' });
    }
  });

  it('by other methods than POST are refused: a link can send those', async () => {
    const response = await fetch(`${app.url}/graphql?query=%7BsetUpRequired%7D`, { headers: { accept: 'text/html' } });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
    expect(response.headers.get('content-type')).toMatch(JSON_TYPE);
  });

  it('with our cookie from a page of another site are refused; without it they are nobody', async () => {
    const cookie = admin.cookie ?? '';
    expect(await post(QUERY, { cookie, origin: app.url })).toEqual({ status: 200, code: undefined });
    for (const origin of ['http://elsewhere.example', 'null', `${app.url}.elsewhere.example`]) {
      expect(await post(QUERY, { cookie, origin })).toEqual({ status: 403, code: 'FORBIDDEN' });
    }
    expect(await post(QUERY, { origin: 'http://elsewhere.example' })).toEqual({ status: 200, code: undefined });
  });

  it('with a subscription are sent to WebSocket', async () => {
    const { code } = await post('{"query":"subscription { agentChanged { id } }"}', { cookie: admin.cookie ?? '' });
    expect(code).toBe('BAD_USER_INPUT');
  });

  it('that Node cannot read are answered in JSON too', async () => {
    const response = await fetch(`${app.url}/export/results?test=${'x'.repeat(20_000)}`);
    expect(response.status).toBe(431);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
    const socket = connect(app.port, '127.0.0.1');
    socket.write('no HTTP at all\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 400[^]*BAD_USER_INPUT/);
    socket.destroy();
  });

  it('too many say when to come back in a header too', async () => {
    await setSetting(app, 'limits.anonymousOperationsPerMinute', 1);
    const send = () => fetch(`${app.url}/graphql`, { method: 'POST', headers: { 'content-type': JSON_TYPE }, body: QUERY });
    await send();
    const refused = await send();
    expect(refused.status).toBe(200);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    await setSetting(app, 'limits.anonymousOperationsPerMinute', 600);
  });

  it('carry the headers that protect a page', async () => {
    const { headers } = await fetch(`${app.url}/healthz`);
    expect(headers.get('content-security-policy')).toMatch(/default-src 'self'.*object-src 'none'.*frame-ancestors 'none'/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('strict-transport-security')).toBeNull();
  });
});

describe('a server behind https', () => {
  it('tells browsers to stay with it', async () => {
    const app = await startTestApp({ publicUrl: 'https://streamswarm.example' });
    const { headers } = await fetch(`http://127.0.0.1:${app.port}/healthz`);
    expect(headers.get('strict-transport-security')).toMatch(/max-age=\d+/);
    await app.end();
  });
});

describe('clients that hold connections', () => {
  let app: TestApp;
  let admin: HttpClient;
  beforeAll(async () => {
    app = await startTestApp({ requestSeconds: 1, pingSeconds: 0.3, initSeconds: 0.3 });
    admin = await setUpAdmin(app);
  });
  afterAll(() => app.end());

  async function open(): Promise<WebSocket> {
    const socket = new WebSocket(`${app.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await once(socket, 'open');
    return socket;
  }
  async function welcomed(secret: string): Promise<WebSocket> {
    const socket = await open();
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${secret}` } }));
    await once(socket, 'message');
    return socket;
  }
  const closeCode = async (socket: WebSocket): Promise<number> => ((await once(socket, 'close')) as [number])[0];

  it('with a request that comes drop by drop are cut off', async () => {
    const socket = connect(app.port, '127.0.0.1');
    socket.write('POST /graphql HTTP/1.1\r\nHost: x\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 408/);
    socket.destroy();
  });

  it('with a socket that never says who it is are closed with 4408', async () => {
    expect(await closeCode(await open())).toBe(4408);
  });

  it('with more sockets without a credential than an address may have are refused', async () => {
    await setSetting(app, 'limits.pendingConnectionsPerAddress', 1);
    const first = await open();
    const second = new WebSocket(`${app.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    const [error] = (await once(second, 'error')) as [Error];
    expect(error.message).toMatch(/429/);
    await once(first, 'close');
    await setSetting(app, 'limits.pendingConnectionsPerAddress', 100);
    (await open()).terminate();
  });

  it('with sockets that do not answer pings are ended', async () => {
    const { secret } = await registeredAgent(app);
    const socket = new WebSocket(`${app.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { autoPong: false });
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${secret}` } }));
    // No farewell: whoever is dead would not hear it.
    expect(await closeCode(socket)).toBe(1006);
  });

  it('as an agent with more than it may have lose the oldest', async () => {
    const { secret } = await registeredAgent(app);
    await setSetting(app, 'limits.connectionsPerAgent', 1);
    const first = await welcomed(secret);
    const closed = closeCode(first);
    const second = await welcomed(secret);
    expect(await closed).toBe(4430);
    second.terminate();
  });

  it('as an integration with more than it may have are refused one more', async () => {
    const { createApiToken } = await admin.data<{ createApiToken: { secret: string } }>(
      'mutation { createApiToken(input: { name: "grafana", kind: API, role: VIEWER }) { secret } }',
    );
    await setSetting(app, 'limits.connectionsPerIdentity', 1);
    const first = await welcomed(createApiToken.secret);
    const second = await open();
    second.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${createApiToken.secret}` } }));
    expect(await closeCode(second)).toBe(4430);
    first.terminate();
  });

  it('with more subscriptions than a socket may have get RATE_LIMITED', async () => {
    const { secret } = await registeredAgent(app);
    await setSetting(app, 'limits.subscriptionsPerConnection', 2);
    const socket = await welcomed(secret);
    const answers: { id?: string; type: string; payload?: { extensions: { code: string } }[] }[] = [];
    socket.on('message', (data: Buffer) => answers.push(JSON.parse(data.toString()) as (typeof answers)[number]));
    for (const id of ['1', '2', '3']) {
      socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query: 'subscription { assignmentsChanged { testId } }' } }));
    }
    await expect
      .poll(() => answers.find(({ type }) => type === 'error'))
      .toMatchObject({ id: '3', payload: [{ extensions: { code: 'RATE_LIMITED' } }] });
    socket.terminate();
  });

  it('that break the protocol are closed, and told that it is their fault', async () => {
    const codes: number[] = [];
    for (const frame of [
      '{',
      '{"type":"next","id":"1","payload":{}}',
      '{"type":"subscribe","id":"1","payload":{"query":"{ me { id } }"}}',
    ]) {
      const socket = await open();
      socket.send(frame);
      codes.push(await closeCode(socket));
    }
    const binary = await open();
    binary.send(Buffer.from('{"type":"ping"}'));
    codes.push(await closeCode(binary));
    expect(codes).toEqual([4400, 4400, 4401, 1003]);
  });
});
