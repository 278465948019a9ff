import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { AuditEvent } from './entities/audit-event.js';
import { Session } from './entities/session.js';
import { startTestApp, type TestApp } from './testing/app.js';
import { HttpClient } from './testing/client.js';
import { ADMIN, setUpAdmin, withApiToken } from './testing/people.js';

const LOGIN = 'mutation ($username: String!, $password: String!) { login(username: $username, password: $password) { id } }';
const CREATE = 'mutation ($input: UserInput!) { createUser(input: $input) { id } }';
const UPDATE = 'mutation ($id: ID!, $input: UserUpdateInput!) { updateUser(id: $id, input: $input) { id } }';
const CHANGE = 'mutation ($current: String!, $next: String!) { changePassword(current: $current, next: $next) }';
const LIST = 'query ($userId: ID) { sessions(userId: $userId) { id device remoteAddress createdAt lastUsedAt expiresAt current } }';
const END = 'mutation ($id: ID!) { endSession(id: $id) }';
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';
const GRACE = { username: 'grace', password: 'nanosecond-of-wire' };
const HOUR_MS = 3_600_000;

interface Seen {
  readonly id: string;
  readonly device: string | null;
  readonly remoteAddress: string | null;
  readonly createdAt: string;
  readonly lastUsedAt: string;
  readonly expiresAt: string;
  readonly current: boolean;
}

describe('sign-ins', () => {
  let app: TestApp;
  let admin: HttpClient;
  let graceId: string;
  beforeEach(async () => {
    app = await startTestApp({ revocationCheckSeconds: 0.2, sessionIdleHours: 2, sessionHours: 10 });
    admin = await setUpAdmin(app);
    graceId = (await admin.data<{ createUser: { id: string } }>(CREATE, { input: { ...GRACE, role: 'VIEWER' } })).createUser.id;
  });
  afterEach(() => app.end());

  const signIn = async (person = GRACE, userAgent = FIREFOX): Promise<HttpClient> => {
    const client = new HttpClient(app.url);
    const { errors } = await client.send(LOGIN, person, { 'user-agent': userAgent });
    expect(errors).toBeUndefined();
    return client;
  };
  const listed = async (client: HttpClient, userId?: string): Promise<readonly Seen[]> =>
    (await client.data<{ sessions: Seen[] }>(LIST, { userId })).sessions;
  const isSignedIn = async (client: HttpClient): Promise<boolean> => (await client.data<{ me: unknown }>('{ me { id } }')).me !== null;

  /** An acknowledged socket of this session; resolves to the code that it is closed with. */
  async function openSocket({ cookie = '' }: HttpClient): Promise<{ closed: Promise<number> }> {
    const socket = new WebSocket(`${app.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers: { cookie } });
    await once(socket, 'open');
    const closed = once(socket, 'close').then(([code]) => code as number);
    socket.send(JSON.stringify({ type: 'connection_init' }));
    await once(socket, 'message');
    return { closed };
  }

  it('are listed with device, address and times, and with an id from which nothing can be learnt', async () => {
    const grace = await signIn();
    await signIn(GRACE, 'curl/8.5.0');
    const sessions = await listed(grace);
    expect(sessions.map(({ device, remoteAddress, current }) => ({ device, remoteAddress, current }))).toEqual(
      expect.arrayContaining([
        { device: 'Firefox 128 on Linux', remoteAddress: '127.0.0.1', current: true },
        { device: 'curl/8.5.0', remoteAddress: '127.0.0.1', current: false },
      ]),
    );
    const stored = await app.orm.em.fork().findAll(Session);
    for (const { id } of stored) expect(JSON.stringify(sessions)).not.toContain(id);
    const [first] = sessions;
    expect(Date.parse(first?.expiresAt ?? '') - Date.parse(first?.lastUsedAt ?? '')).toBe(2 * HOUR_MS);
  });

  it("are one's own; those of others are for administrators", async () => {
    const grace = await signIn();
    const { me } = await admin.data<{ me: { id: string } }>('{ me { id } }');
    expect(await grace.code(LIST, { userId: me.id })).toBe('FORBIDDEN');
    expect(await listed(grace, graceId)).toHaveLength(1);
    expect(await listed(admin, graceId)).toHaveLength(1);
    const [ofAda] = await listed(admin);
    const [ofGrace] = await listed(grace);
    expect(await grace.code(END, { id: ofAda?.id })).toBe('NOT_FOUND');
    expect(await admin.code(END, { id: ofGrace?.id })).toBeUndefined();
    expect(await isSignedIn(grace)).toBe(false);
    const integration = await withApiToken(app, admin, 'ADMIN');
    expect(await integration.code(LIST)).toBe('FORBIDDEN');
    expect(await listed(integration, graceId)).toEqual([]);
    expect(await integration.code(LIST, { userId: 'nobody' })).toBe('NOT_FOUND');
  });

  it('end one by one, all others, or everywhere, with their sockets', async () => {
    const [here, phone, work] = [await signIn(), await signIn(), await signIn()];
    const sockets = [await openSocket(phone), await openSocket(work)];
    const ended = (await listed(phone)).find(({ current }) => current);
    expect(await here.data(END, { id: ended?.id })).toEqual({ endSession: true });
    expect(await sockets[0]?.closed).toBe(4401);
    expect(await here.data('mutation { endOtherSessions }')).toEqual({ endOtherSessions: 1 });
    expect(await sockets[1]?.closed).toBe(4401);
    expect([await isSignedIn(here), await isSignedIn(phone), await isSignedIn(work)]).toEqual([true, false, false]);
    await signIn();
    expect(await here.data('mutation { signOutEverywhere }')).toEqual({ signOutEverywhere: 2 });
    expect(here.cookie).toBeUndefined();
    expect(await app.orm.em.fork().count(Session, { user: graceId })).toBe(0);
  });

  it('get a new secret when the password changes: a copy of the old cookie is worth nothing, its socket is closed', async () => {
    const grace = await signIn();
    const [before] = await listed(grace);
    const thief = Object.assign(new HttpClient(app.url), { cookie: grace.cookie });
    const { closed } = await openSocket(thief);
    await grace.data(CHANGE, { current: GRACE.password, next: 'a-longer-piece-of-wire' });
    expect(grace.cookie).not.toBe(thief.cookie);
    expect(await closed).toBe(4401);
    expect([await isSignedIn(grace), await isSignedIn(thief)]).toEqual([true, false]);
    expect(await listed(grace)).toMatchObject([{ id: before?.id, createdAt: before?.createdAt, current: true }]);
  });

  it.each([{ role: 'OPERATOR' }, { active: false }, { password: 'a-longer-piece-of-wire' }])(
    'of a person end within seconds at %j, sockets too',
    async (input) => {
      const grace = await signIn();
      const { closed } = await openSocket(grace);
      await admin.data(UPDATE, { id: graceId, input });
      expect(await closed).toBe(4401);
      expect(await isSignedIn(grace)).toBe(false);
    },
  );

  it('of an administrator who changes their own role get a new secret', async () => {
    await admin.data(UPDATE, { id: graceId, input: { role: 'ADMIN' } });
    const grace = await signIn();
    const before = grace.cookie;
    await grace.data(UPDATE, { id: graceId, input: { role: 'VIEWER' } });
    expect(grace.cookie).not.toBe(before);
    expect(await grace.code('{ users { id } }')).toBe('FORBIDDEN');
  });

  it('end when they were idle for too long, and when they are too old, however busy', async () => {
    const em = app.orm.em.fork();
    for (const change of [
      { lastUsedAt: new Date(Date.now() - 2 * HOUR_MS - 1000) },
      { createdAt: new Date(Date.now() - 10 * HOUR_MS - 1000) },
      { expiresAt: new Date(Date.now() - 1000) },
    ]) {
      const grace = await signIn();
      const { closed } = await openSocket(grace);
      await em.nativeUpdate(Session, { user: graceId }, change);
      expect(await isSignedIn(grace)).toBe(false);
      expect(await closed).toBe(4401);
      expect(await app.services.sessions.sweep(em)).toBe(1);
    }
  });

  it('are remembered by the audit log, each with its end', async () => {
    const grace = await signIn();
    await grace.data('mutation { endOtherSessions }');
    await grace.data('mutation { signOutEverywhere }');
    const events = await app.orm.em.fork().find(AuditEvent, { actor: 'user:grace' }, { orderBy: { id: 'asc' } });
    expect(events.map(({ action }) => action)).toEqual(['login', 'session.endOthers', 'session.endAll']);
  });

  it('of the first administrator have a device as well', async () => {
    expect(await listed(admin)).toMatchObject([{ device: expect.any(String), current: true }]);
    await signIn(ADMIN);
    expect(await listed(admin)).toHaveLength(2);
  });
});
