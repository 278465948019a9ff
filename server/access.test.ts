import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AuditEvent } from './entities/audit-event.js';
import { Session } from './entities/session.js';
import { User } from './entities/user.js';
import { startTestApp, type TestApp } from './testing/app.js';
import { HttpClient } from './testing/client.js';
import { ownServer } from './testing/own-server.js';
import { ADMIN, setUpToken } from './testing/people.js';

const SET_UP =
  'mutation ($token: String!, $username: String!, $password: String!) { setUp(token: $token, username: $username, password: $password) { username role } }';
const LOGIN =
  'mutation ($username: String!, $password: String!) { login(username: $username, password: $password) { username lastLoginAt } }';
const CHANGE = 'mutation ($current: String!, $next: String!) { changePassword(current: $current, next: $next) }';

describe('the first start', () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await startTestApp();
  });
  afterEach(() => app.end());

  it('leaves a one-time token that only the owner of the files can read', () => {
    const file = join(app.folder, 'setup-token');
    expect(readFileSync(file, 'utf8')).toBe(setUpToken(app));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(app.setupUrl).toBe(`${app.url}/setup#token=${setUpToken(app)}`);
  });

  it('creates the administrator with that token, signs in, and forgets the token', async () => {
    const client = new HttpClient(app.url);
    const answer = await client.data(SET_UP, { token: setUpToken(app), ...ADMIN });
    expect(answer).toEqual({ setUp: { username: 'ada', role: 'ADMIN' } });
    expect(client.setCookie).toMatch(/HttpOnly/);
    expect(client.setCookie).toMatch(/SameSite=Strict/);
    expect(client.setCookie).not.toMatch(/Secure/);
    expect(await client.data('{ me { username } setUpRequired }')).toEqual({ me: { username: 'ada' }, setUpRequired: false });
    expect(existsSync(join(app.folder, 'setup-token'))).toBe(false);
    expect(await client.code(SET_UP, { token: setUpToken(app), username: 'eve', password: ADMIN.password })).toBe('CONFLICT');
  });

  it('refuses a wrong token and says nothing about the right one', async () => {
    expect(await new HttpClient(app.url).code(SET_UP, { token: 'A'.repeat(43), ...ADMIN })).toBe('UNAUTHENTICATED');
    expect(await new HttpClient(app.url).data('{ setUpRequired }')).toEqual({ setUpRequired: true });
  });

  it('lets only one of two win who use the link at once', async () => {
    const attempt = (username: string) =>
      new HttpClient(app.url).code(SET_UP, { token: setUpToken(app), username, password: ADMIN.password });
    const codes = await Promise.all([attempt('ada'), attempt('eve')]);
    expect(codes.sort()).toEqual(['CONFLICT', undefined]);
    expect(await app.orm.em.fork().count(User)).toBe(1);
  });

  it.each([
    ['short', 'at least 10'],
    ['aaaaaaaaaaaa', 'too few different'],
    ['1234567890', 'sequence'],
    ['Password123!', 'first that attackers try'],
    ['ada-ada-12', 'repeats|user name'],
  ])('refuses the password %s', async (password, reason) => {
    const { errors } = await new HttpClient(app.url).send(SET_UP, { token: setUpToken(app), username: 'ada-ada', password });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path: 'password' }] });
    expect(errors?.[0]?.message).toMatch(new RegExp(reason));
  });

  it('keeps the link good over a restart', async () => {
    const before = setUpToken(app);
    await app.close();
    const again = await startTestApp({}, app.folder);
    expect(setUpToken(again)).toBe(before);
    expect(await new HttpClient(again.url).code(SET_UP, { token: before, ...ADMIN })).toBeUndefined();
    await again.end();
  });
});

describe('signing in', () => {
  const server = ownServer();

  it('gives each sign-in a session of its own, without regard to the case of the name', async () => {
    const client = new HttpClient(server.app.url);
    const { login } = await client.data<{ login: { username: string; lastLoginAt: string } }>(LOGIN, { ...ADMIN, username: 'ADA' });
    expect(login.username).toBe('ada');
    expect(Date.parse(login.lastLoginAt)).toBeLessThanOrEqual(Date.now());
    expect(client.cookie).not.toBe(server.admin.cookie);
  });

  it('keeps only hashes of passwords and session secrets', async () => {
    const em = server.app.orm.em.fork();
    const secret = server.admin.cookie?.split('=')[1];
    const [session] = await em.findAll(Session);
    const [user] = await em.findAll(User);
    expect(session?.id).not.toBe(secret);
    expect(user?.passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(JSON.stringify(server.app.logged)).not.toContain(ADMIN.password);
    expect(JSON.stringify(server.app.logged)).not.toContain(secret);
  });

  it('answers alike to a wrong password and to an unknown name', async () => {
    const wrong = await new HttpClient(server.app.url).send(LOGIN, { ...ADMIN, password: 'not the password' });
    const unknown = await new HttpClient(server.app.url).send(LOGIN, { username: 'nobody', password: 'not the password' });
    expect(wrong.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
    expect(unknown.errors?.[0]?.message).toBe(wrong.errors?.[0]?.message);
  });

  it('limits guesses at an account, the right password then included, and says when to try again', async () => {
    const guesser = new HttpClient(server.app.url);
    for (let attempt = 0; attempt < 10; attempt++)
      expect(await guesser.code(LOGIN, { ...ADMIN, password: 'a wrong guess' })).toBe('UNAUTHENTICATED');
    const { errors } = await guesser.send(LOGIN, ADMIN);
    expect(errors?.[0]?.extensions.code).toBe('RATE_LIMITED');
    expect(errors?.[0]?.extensions.retryAfterSeconds).toBeGreaterThan(0);
  });

  it('ends the session at logout', async () => {
    const { cookie } = server.admin;
    expect(await server.admin.data('mutation { logout }')).toEqual({ logout: true });
    expect(server.admin.cookie).toBeUndefined();
    const thief = Object.assign(new HttpClient(server.app.url), { cookie });
    expect(await thief.data('{ me { id } }')).toEqual({ me: null });
    expect(await thief.code('{ agents { totalCount } }')).toBe('UNAUTHENTICATED');
  });

  it('changes the password, keeps this session and ends the others', async () => {
    const other = new HttpClient(server.app.url);
    await other.data(LOGIN, ADMIN);
    expect(await server.admin.code(CHANGE, { current: 'not the password', next: 'difference-engine-1822' })).toBe('UNAUTHENTICATED');
    await server.admin.data(CHANGE, { current: ADMIN.password, next: 'difference-engine-1822' });
    expect(await server.admin.data('{ me { username } }')).toEqual({ me: { username: 'ada' } });
    expect(await other.data('{ me { username } }')).toEqual({ me: null });
    expect(await new HttpClient(server.app.url).code(LOGIN, ADMIN)).toBe('UNAUTHENTICATED');
    expect(await new HttpClient(server.app.url).code(LOGIN, { username: 'ada', password: 'difference-engine-1822' })).toBeUndefined();
  });

  it('ends a session that was idle for too long, and one that is too old', async () => {
    const em = server.app.orm.em.fork();
    await em.nativeUpdate(Session, {}, { lastUsedAt: new Date(Date.now() - 8 * 24 * 3_600_000) });
    expect(await server.admin.data('{ me { id } }')).toEqual({ me: null });
    await em.nativeUpdate(Session, {}, { lastUsedAt: new Date(), expiresAt: new Date(Date.now() - 1000) });
    expect(await server.admin.data('{ me { id } }')).toEqual({ me: null });
  });

  it('marks the cookie Secure behind a trusted proxy that speaks https', async () => {
    const proxied = await startTestApp({ trustProxy: true });
    const client = new HttpClient(proxied.url);
    await client.send(SET_UP, { token: setUpToken(proxied), ...ADMIN }, { 'x-forwarded-proto': 'https' });
    expect(client.setCookie).toMatch(/Secure/);
    await proxied.end();
  });

  it('remembers sign-ins and refusals', async () => {
    await new HttpClient(server.app.url).send(LOGIN, { ...ADMIN, password: 'not the password' });
    const events = await server.app.orm.em.fork().findAll(AuditEvent, { orderBy: { id: 'asc' } });
    expect(events.map(({ action, actor, subject }) => ({ action, actor, subject }))).toEqual([
      { action: 'setUp', actor: 'user:ada', subject: null },
      { action: 'login.refused', actor: 'nobody', subject: 'user:ada' },
    ]);
    expect(events[1]?.remoteAddress).toBe('127.0.0.1');
  });
});
