import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { once } from 'node:events';
import { AuditEvent } from './entities/audit-event.js';
import { agentInput, enrolmentToken, REGISTER, registeredAgent } from './testing/agents.js';
import { startTestApp, type TestApp } from './testing/app.js';
import { HttpClient } from './testing/client.js';
import { TestClock } from './testing/clock.js';
import { ADMIN, setUpAdmin, withApiToken } from './testing/people.js';

const LOGIN = 'mutation ($username: String!, $password: String!) { login(username: $username, password: $password) { id } }';
const CHANGE = 'mutation { changePassword(current: "one", next: "another") }';
const USERS = '{ users { id } }';

interface Told {
  readonly actor: string;
  readonly action: string;
  readonly subject: string | null;
  readonly further: number | undefined;
}

describe('what is refused', () => {
  let app: TestApp;
  let admin: HttpClient;
  let clock: TestClock;
  beforeEach(async () => {
    clock = new TestClock(Date.now());
    app = await startTestApp({}, undefined, clock);
    admin = await setUpAdmin(app);
  });
  afterEach(() => app.end());

  /** The refusals in the audit log, oldest first; with `further` those that were counted. */
  async function told(): Promise<Told[]> {
    const events = await app.orm.em.fork().findAll(AuditEvent, { orderBy: { id: 'asc' } });
    return events
      .filter(({ action }) => /denied|refused|limited/.test(action))
      .map(({ actor, action, subject, details }) => ({
        ...{ actor, action, subject },
        further: (details as { further?: number } | null)?.further,
      }));
  }

  it('is remembered, whoever was refused and by whatever way', async () => {
    const nobody = new HttpClient(app.url);
    const integration = await withApiToken(app, admin, 'VIEWER');
    const integrator = await withApiToken(app, admin, 'ADMIN');
    const agent = await registeredAgent(app);
    await nobody.code(USERS);
    await integration.code('{ sessions(userId: "x") { id } }');
    await integrator.code(CHANGE);
    const bearer = { authorization: `Bearer ${agent.secret}` };
    for (const path of ['/export/series', '/export/results', '/metrics']) await fetch(`${app.url}${path}`, { headers: bearer });
    const once1 = await enrolmentToken(admin, 1);
    for (let each = 0; each < 2; each++) await new HttpClient(app.url, once1.secret).code(REGISTER, { input: agentInput() });
    await admin.send(USERS, {}, { origin: 'https://elsewhere.example' });
    const socket = new WebSocket(`${app.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init' }));
    expect((await once(socket, 'close'))[0]).toBe(4403);
    expect((await told()).map(({ actor, action, subject }) => `${actor} ${action} ${String(subject)}`)).toEqual([
      'nobody denied Query.users',
      'token:VIEWER token denied sessions',
      'token:ADMIN token denied Mutation.changePassword',
      'agent:Attic denied /export/series',
      'agent:Attic denied /export/results',
      'agent:Attic denied /metrics',
      'token:for a new agent agent.register.refused agent:Attic',
      'nobody denied a session cookie',
      'nobody denied a WebSocket',
    ]);
  });

  it('is remembered of guesses that were too many, by the name of the account alone', async () => {
    const guess = (username: string) => new HttpClient(app.url).code(LOGIN, { username, password: 'a wrong guess' });
    for (let each = 0; each < 13; each++) await guess(ADMIN.username);
    for (let each = 0; each < 11; each++) await guess('my password, typed here');
    clock.advance(60);
    await app.services.refusals.flush();
    const limited = (await told()).filter(({ action }) => action === 'login.limited');
    expect(limited).toEqual([
      { actor: 'nobody', action: 'login.limited', subject: 'user:ada', further: undefined },
      { actor: 'nobody', action: 'login.limited', subject: null, further: undefined },
      { actor: 'nobody', action: 'login.limited', subject: 'user:ada', further: 2 },
    ]);
    expect(JSON.stringify(await app.orm.em.fork().findAll(AuditEvent))).not.toContain('typed here');
  });

  it('is told once a minute, with how often it happened again', async () => {
    const viewer = await withApiToken(app, admin, 'VIEWER');
    const aliases = `{ ${Array.from({ length: 30 }, (_, at) => `a${at}: users { id }`).join(' ')} }`;
    for (let each = 0; each < 3; each++) await viewer.code(aliases);
    const first = { actor: 'token:VIEWER token', action: 'denied', subject: 'Query.users', further: undefined };
    expect(await told()).toEqual([first]);
    clock.advance(60);
    await app.services.refusals.flush();
    expect(await told()).toEqual([first, { ...first, further: expect.any(Number) }]);
    expect((await told())[1]?.further).toBeGreaterThanOrEqual(2);
    await viewer.code(USERS);
    clock.advance(60);
    await app.services.refusals.flush();
    expect(await told()).toHaveLength(3);
  });

  it('fills no disk: what one asks for, and how many ask, is bounded each minute', async () => {
    const from = (address: string) => ({ em: app.orm.em.fork(), identity: { kind: 'nobody' } as const, remoteAddress: address });
    for (let subject = 0; subject < 50; subject++) await app.services.refusals.denied(from('192.0.2.1'), `Query.field${subject}`);
    expect(await told()).toHaveLength(6);
    for (let host = 0; host < 500; host++) await app.services.refusals.denied(from(`198.51.${host >> 8}.${host & 255}`), 'Query.users');
    await app.services.refusals.flush();
    const all = await told();
    expect(all.length).toBeLessThan(210);
    expect(all.reduce((sum, { further = 1 }) => sum + further, 0)).toBe(550);
  });

  it('is told at the end too, when the server is closed', async () => {
    const viewer = await withApiToken(app, admin, 'VIEWER');
    for (let each = 0; each < 3; each++) await viewer.code(USERS);
    await app.close();
    const again = await startTestApp({}, app.folder);
    const events = await again.orm.em.fork().find(AuditEvent, { action: 'denied' }, { orderBy: { id: 'asc' } });
    expect(events.map(({ details }) => (details as { further?: number } | null)?.further)).toEqual([undefined, 2]);
    await again.close();
  });
});
