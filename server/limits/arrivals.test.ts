import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import { startTestApp, type TestApp } from '../testing/app.js';
import { HttpClient } from '../testing/client.js';
import { setUpAdmin, withApiToken } from '../testing/people.js';
import { setSetting } from '../testing/settings.js';

const QUERY = '{ setUpRequired }';
const unknownSecret = (at: number): string => `ssa_${String(at).padStart(43, 'x')}`;

describe('what comes before it is known who sends it', () => {
  let app: TestApp;
  let admin: HttpClient;
  beforeEach(async () => {
    app = await startTestApp();
    admin = await setUpAdmin(app);
  });
  afterEach(() => app.end());

  async function open(): Promise<WebSocket> {
    const socket = new WebSocket(`${app.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await once(socket, 'open');
    return socket;
  }
  const closeCode = async (socket: WebSocket): Promise<number> => ((await once(socket, 'close')) as [number])[0];
  async function hello(secret: string): Promise<WebSocket> {
    const socket = await open();
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${secret}` } }));
    return socket;
  }

  it('is looked up only so often where the credentials of an address are unknown; those that held lately still count', async () => {
    const integration = await withApiToken(app, admin, 'VIEWER');
    expect(await integration.code(QUERY)).toBeUndefined();
    await setSetting(app, 'limits.unknownCredentialsPerMinute', 2);
    const identify = vi.spyOn(app.services.authentication, 'identify');
    const guess = (at: number) => new HttpClient(app.url, unknownSecret(at)).code(QUERY);
    expect([await guess(1), await guess(2), await guess(3)]).toEqual([undefined, undefined, 'RATE_LIMITED']);
    expect(await closeCode(await hello(unknownSecret(4)))).toBe(4430);
    const metrics = await fetch(`${app.url}/metrics`, { headers: { authorization: `Bearer ${unknownSecret(5)}` } });
    expect([metrics.status, Number(metrics.headers.get('retry-after')) > 0]).toEqual([429, true]);
    expect(identify).toHaveBeenCalledTimes(2);
    expect(await integration.code(QUERY)).toBeUndefined();
    expect(await admin.code(QUERY)).toBeUndefined();
  });

  it('is no guess where it turns out to hold, however many come from one address', async () => {
    const integrations = await Promise.all([1, 2, 3, 4].map(() => withApiToken(app, admin, 'VIEWER')));
    await setSetting(app, 'limits.unknownCredentialsPerMinute', 1);
    for (const integration of integrations) expect(await integration.code(QUERY)).toBeUndefined();
  });

  it('is answered without its body where it is one too many', async () => {
    await setSetting(app, 'limits.anonymousOperationsPerMinute', 1);
    await new HttpClient(app.url).send(QUERY);
    const socket = connect(app.port, '127.0.0.1');
    const head = ['POST /graphql HTTP/1.1', 'Host: x', 'Content-Type: application/json', 'Content-Length: 8000000'];
    socket.write(`${head.join('\r\n')}\r\n\r\n{`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 200[^]*RATE_LIMITED/);
    socket.destroy();
  });

  it('is cut off on a WebSocket that sends much before it says who it is', async () => {
    for (const message of [JSON.stringify({ type: 'ping', payload: { much: 'x'.repeat(20_000) } }), 'x'.repeat(4_000_000)]) {
      const socket = await open();
      socket.send(message);
      expect(await closeCode(socket)).toBe(1009);
    }
    const pinging = await open();
    for (let at = 0; at < 1000; at++) pinging.send('{"type":"ping"}');
    expect(await closeCode(pinging)).toBe(1009);
  });
});

describe('what an acknowledged WebSocket sends', () => {
  let app: TestApp;
  let secret: string;
  beforeEach(async () => {
    app = await startTestApp();
    secret = (await withApiToken(app, await setUpAdmin(app), 'VIEWER')).secret;
  });
  afterEach(() => app.end());

  async function welcomed(): Promise<WebSocket> {
    const socket = new WebSocket(`${app.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${secret}` } }));
    await once(socket, 'message');
    return socket;
  }
  const closed = async (socket: WebSocket): Promise<number> => ((await once(socket, 'close')) as [number])[0];
  const subscribe = (id: string, more = '') => JSON.stringify({ id, type: 'subscribe', payload: { query: QUERY, variables: { more } } });

  it.each([
    ['pings of the protocol above', (socket: WebSocket) => socket.send('{"type":"ping"}')],
    ['messages that end what never began', (socket: WebSocket) => socket.send('{"type":"complete","id":"1"}')],
    ['pings of WebSocket itself', (socket: WebSocket) => socket.ping()],
  ])('counts: %s', async (_what, send) => {
    const socket = await welcomed();
    await setSetting(app, 'limits.operationsPerMinute', 5);
    for (let at = 0; at < 5; at++) send(socket);
    expect(await closed(socket)).toBe(4430);
    // To come again is an operation too.
    const again = new WebSocket(`${app.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await once(again, 'open');
    again.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${secret}` } }));
    expect(await closed(again)).toBe(4430);
  });

  it('is small, unless it is an operation', async () => {
    const socket = await welcomed();
    socket.send(JSON.stringify({ type: 'ping', payload: { much: 'x'.repeat(100_000) } }));
    expect(await closed(socket)).toBe(1009);
  });

  it('is not read where it is large and one too many', async () => {
    const socket = await welcomed();
    socket.send(subscribe('1', 'x'.repeat(100_000)));
    expect(String((await once(socket, 'message'))[0])).toMatch(/"next"/);
    await setSetting(app, 'limits.operationsPerMinute', 1);
    const answers: string[] = [];
    socket.on('message', (data: Buffer) => answers.push(data.toString()));
    socket.send(subscribe('2'));
    await vi.waitFor(() => expect(answers.some((answer) => /"error".*RATE_LIMITED/.test(answer))).toBe(true));
    socket.send(subscribe('3', 'x'.repeat(100_000)));
    expect(await closed(socket)).toBe(4430);
  });
});
