import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import { startTestApp, type TestApp } from '../testing/app.js';
import { setUpAdmin, withApiToken } from '../testing/people.js';
import { missingProgram } from '../testing/program.js';
import { startRedis, type TestRedis } from '../testing/redis.js';
import { setSetting } from '../testing/settings.js';
import { ON_POSTGRES } from '../testing/test-database.js';

const missing = missingProgram('redis-server');
const SUBSCRIPTION = 'subscription { agentChanged { id } }';

/** An open socket, and what came over it. */
interface Opened {
  readonly socket: WebSocket;
  readonly heard: { readonly id?: string; readonly type: string; readonly payload?: unknown }[];
}

async function connected(app: TestApp, secret: string): Promise<Opened> {
  const socket = new WebSocket(`${app.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const heard: Opened['heard'] = [];
  socket.on('message', (data: Buffer) => heard.push(JSON.parse(data.toString()) as Opened['heard'][number]));
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${secret}` } }));
  await Promise.race([once(socket, 'message'), once(socket, 'close')]);
  return { socket, heard };
}
const subscribe = ({ socket }: Opened, id: string): void =>
  socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query: SUBSCRIPTION } }));
const refusedAt = ({ heard }: Opened, id: string): boolean =>
  heard.some((message) => message.id === id && JSON.stringify(message.payload)?.includes('RATE_LIMITED'));

/** How many subscriptions the server counts as open. */
async function open({ services }: TestApp): Promise<number> {
  const { values } = await services.telemetry.count.subscriptions.get();
  return values.reduce((sum, { value }) => sum + value, 0);
}

describe('the subscriptions of an integration', () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await startTestApp();
  });
  afterEach(() => app.end());

  it('are counted on all of its sockets; one that ended makes room', async () => {
    const { secret } = await withApiToken(app, await setUpAdmin(app), 'VIEWER');
    await setSetting(app, 'limits.subscriptionsPerIdentity', 1);
    const [one, other] = [await connected(app, secret), await connected(app, secret)];
    subscribe(one, 'a');
    await vi.waitFor(async () => expect(await open(app)).toBe(1));
    subscribe(other, 'b');
    await vi.waitFor(() => expect(refusedAt(other, 'b')).toBe(true));
    one.socket.terminate();
    await vi.waitFor(async () => expect(await open(app)).toBe(0));
    subscribe(other, 'c');
    await vi.waitFor(async () => expect(await open(app)).toBe(1));
    other.socket.terminate();
  });
});

describe.runIf(ON_POSTGRES && !missing)(`the sockets of an integration at two servers${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let redis: TestRedis;
  let apps: TestApp[];
  beforeEach(async () => {
    redis = await startRedis();
    const options = { redisUrl: redis.url, settingsKey: randomBytes(32).toString('base64') };
    const first = await startTestApp(options);
    apps = [first, await startTestApp(options, first.folder)];
  });
  afterEach(async () => {
    const [first, second] = apps;
    await second?.close();
    await first?.end();
    await redis.remove();
  });

  it('are counted together', async () => {
    const [first, second] = apps;
    if (!first || !second) throw new Error('there are two servers');
    const { secret } = await withApiToken(first, await setUpAdmin(first), 'VIEWER');
    await setSetting(first, 'limits.connectionsPerIdentity', 2);
    await vi.waitFor(() => expect(second.services.settings.get('limits.connectionsPerIdentity')).toBe(2), { timeout: 10_000 });
    const open = [await connected(first, secret), await connected(second, secret)];
    const refused = await connected(second, secret);
    expect(refused.heard).toEqual([]);
    for (const { socket } of open) socket.terminate();
  });
});
