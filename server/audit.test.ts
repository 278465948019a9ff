import { describe, expect, it } from 'vitest';
import { AuditEvent } from './entities/audit-event.js';
import { HttpClient } from './testing/client.js';
import { ownServer } from './testing/own-server.js';
import { ADMIN, withApiToken } from './testing/people.js';
import { registeredAgent } from './testing/agents.js';

const LOGIN = 'mutation ($username: String!, $password: String!) { login(username: $username, password: $password) { id } }';
const LIST = `query ($first: Int, $after: String, $actor: String, $action: String, $from: DateTime, $to: DateTime) {
  auditEvents(first: $first, after: $after, actor: $actor, action: $action, from: $from, to: $to) {
    totalCount nodes { actor action subject at remoteAddress } pageInfo { hasNextPage endCursor } } }`;

interface Listed {
  readonly totalCount: number;
  readonly nodes: readonly { readonly actor: string; readonly action: string; readonly subject: string | null; readonly at: string }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
}

describe('the audit log', () => {
  const server = ownServer();

  const list = async (variables: Record<string, unknown> = {}): Promise<Listed> =>
    (await server.admin.data<{ auditEvents: Listed }>(LIST, variables)).auditEvents;
  const actions = async (variables: Record<string, unknown>) => (await list(variables)).nodes.map(({ action }) => action);
  const wrongPassword = () => new HttpClient(server.app.url).code(LOGIN, { ...ADMIN, password: 'not the password' });

  it('takes no change and no deletion, whoever tries by whatever way', async () => {
    const em = server.app.orm.em.fork();
    const [event] = await em.findAll(AuditEvent);
    const attempts = [
      () => em.nativeUpdate(AuditEvent, {}, { actor: 'somebody else' }),
      () => em.nativeDelete(AuditEvent, {}),
      () => em.execute("update audit_event set action = 'nothing'"),
      () => em.execute('delete from audit_event where id = ?', [event?.id]),
      () => em.upsert(AuditEvent, { id: event?.id, at: new Date(), actor: 'somebody else', action: 'nothing' }),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toThrow(/append-only/);
    expect(await em.fork().findAll(AuditEvent)).toEqual([expect.objectContaining({ actor: 'user:ada', action: 'setUp' })]);
  });

  it('can be asked for by who, what and when', async () => {
    await wrongPassword();
    const viewer = await withApiToken(server.app, server.admin, 'VIEWER');
    await viewer.code('{ users { id } }');
    expect(await actions({ actor: 'user:ada' })).toEqual(['token.create', 'setUp']);
    expect(await actions({ actor: 'token:VIEWER token' })).toEqual(['denied']);
    expect(await actions({ action: 'login' })).toEqual(['login.refused']);
    expect(await actions({ action: 'login.refused' })).toEqual(['login.refused']);
    expect(await actions({ action: 'log' })).toEqual([]);
    const [newest, , oldest] = (await list()).nodes;
    expect(await actions({ from: newest?.at })).toContain('denied');
    expect(await actions({ to: oldest?.at })).not.toContain('denied');
    expect(await actions({ from: '2020-01-01T00:00:00Z', to: '2020-01-02T00:00:00Z' })).toEqual([]);
  });

  it('is read a page at a time, newest first, with the filter in force', async () => {
    for (let at = 0; at < 5; at++) await wrongPassword();
    const first = await list({ first: 2, action: 'login' });
    expect(first).toMatchObject({ totalCount: 5, pageInfo: { hasNextPage: true } });
    const second = await list({ first: 3, action: 'login', after: first.pageInfo.endCursor });
    expect(second.nodes).toHaveLength(3);
    expect(second.pageInfo.hasNextPage).toBe(false);
  });

  it('tells every change of people, tokens and agents, with who did it', async () => {
    const { app, admin } = server;
    const input = { username: 'grace', password: 'nanosecond-of-wire', role: 'VIEWER' };
    const { createUser } = await admin.data<{ createUser: { id: string } }>(
      'mutation ($input: UserInput!) { createUser(input: $input) { id } }',
      { input },
    );
    await admin.data('mutation ($id: ID!) { updateUser(id: $id, input: { active: false }) { id } }', createUser);
    await admin.data('mutation ($id: ID!) { deleteUser(id: $id) }', createUser);
    const { tokenId } = await withApiToken(app, admin, 'VIEWER');
    await admin.data('mutation ($id: ID!) { updateApiToken(id: $id, name: "y") { id } }', { id: tokenId });
    await admin.data('mutation ($id: ID!) { regenerateApiToken(id: $id) { secret } }', { id: tokenId });
    await admin.data('mutation ($id: ID!) { revokeApiToken(id: $id) { id } }', { id: tokenId });
    const agent = await registeredAgent(app);
    await admin.data('mutation ($id: ID!) { updateAgent(id: $id, input: { name: "Roof" }) { id } }', { id: agent.id });
    await admin.data('mutation ($id: ID!) { deleteAgent(id: $id) }', { id: agent.id });
    await admin.data('mutation { logout }');
    await admin.data(LOGIN, ADMIN);
    expect(await actions({ actor: 'user:ada' })).toEqual(
      [
        'setUp',
        'user.create',
        'user.update',
        'user.delete',
        'token.create',
        'token.update',
        'token.regenerate',
        'token.revoke',
        'agent.update',
        'agent.delete',
        'logout',
        'login',
      ].reverse(),
    );
  });
});
