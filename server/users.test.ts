import { describe, expect, it } from 'vitest';
import { HttpClient } from './testing/client.js';
import { ownServer } from './testing/own-server.js';
import { ADMIN } from './testing/people.js';

const CREATE = 'mutation ($input: UserInput!) { createUser(input: $input) { id username role active } }';
const UPDATE = 'mutation ($id: ID!, $input: UserUpdateInput!) { updateUser(id: $id, input: $input) { username email role active } }';
const DELETE = 'mutation ($id: ID!) { deleteUser(id: $id) }';
const LOGIN = 'mutation ($username: String!, $password: String!) { login(username: $username, password: $password) { id } }';
const GRACE = { username: 'grace', password: 'nanosecond-of-wire', role: 'VIEWER' };

describe('people', () => {
  const server = ownServer();

  const create = async (input: Record<string, unknown> = GRACE) =>
    (await server.admin.data<{ createUser: { id: string } }>(CREATE, { input })).createUser;
  const signIn = async () => {
    const client = new HttpClient(server.app.url);
    await client.data(LOGIN, { username: GRACE.username, password: GRACE.password });
    return client;
  };

  it('are let in by an administrator, with a role', async () => {
    expect(await create()).toMatchObject({ username: 'grace', role: 'VIEWER', active: true });
    const grace = await signIn();
    expect(await grace.code('{ users { id } }')).toBe('FORBIDDEN');
    expect(await server.admin.data('{ users { username } }')).toEqual({ users: [{ username: 'ada' }, { username: 'grace' }] });
  });

  it('have names that differ in more than case', async () => {
    await create();
    expect(await server.admin.code(CREATE, { input: { ...GRACE, username: 'GRACE' } })).toBe('CONFLICT');
    expect(await server.admin.code(CREATE, { input: { ...GRACE, username: 'grace hopper' } })).toBe('BAD_USER_INPUT');
    expect(await server.admin.code(CREATE, { input: { ...GRACE, username: 'g', email: 'no address' } })).toBe('BAD_USER_INPUT');
  });

  it('are signed out when they are switched off or their role or password changes', async () => {
    const { id } = await create();
    for (const input of [{ role: 'OPERATOR' }, { password: 'nanosecond-of-wire' }, { active: false }]) {
      const grace = await signIn();
      await server.admin.data(UPDATE, { id, input });
      expect(await grace.data('{ me { id } }')).toEqual({ me: null });
    }
    expect(await new HttpClient(server.app.url).code(LOGIN, GRACE)).toBe('UNAUTHENTICATED');
  });

  it('can change everything but lose the last administrator', async () => {
    const { me } = await server.admin.data<{ me: { id: string } }>('{ me { id } }');
    expect(await server.admin.code(UPDATE, { id: me.id, input: { role: 'VIEWER' } })).toBe('CONFLICT');
    expect(await server.admin.code(UPDATE, { id: me.id, input: { active: false } })).toBe('CONFLICT');
    expect(await server.admin.code(DELETE, { id: me.id })).toBe('CONFLICT');
    expect(await server.admin.data('{ me { username role active } }')).toEqual({
      me: { username: ADMIN.username, role: 'ADMIN', active: true },
    });
    expect(await server.admin.data(UPDATE, { id: me.id, input: { email: 'ada@example.org' } })).toMatchObject({
      updateUser: { email: 'ada@example.org' },
    });
  });

  it('go without leaving their name taken', async () => {
    const { id } = await create();
    const grace = await signIn();
    expect(await server.admin.data(DELETE, { id })).toEqual({ deleteUser: true });
    expect(await grace.data('{ me { id } }')).toEqual({ me: null });
    expect(await server.admin.code(DELETE, { id })).toBe('NOT_FOUND');
    expect(await create()).not.toMatchObject({ id });
  });
});
