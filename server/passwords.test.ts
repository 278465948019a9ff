import { hash, verify } from '@node-rs/argon2';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { User } from './entities/user.js';
import { requireGoodPassword } from './services/password-rules.js';
import { HttpClient } from './testing/client.js';
import { ownServer } from './testing/own-server.js';
import { ADMIN } from './testing/people.js';

vi.mock('@node-rs/argon2', async (original) => {
  const argon2 = await original<typeof import('@node-rs/argon2')>();
  return { ...argon2, hash: vi.fn(argon2.hash), verify: vi.fn(argon2.verify) };
});

const LOGIN = 'mutation ($username: String!, $password: String!) { login(username: $username, password: $password) { id } }';

describe('passwords', () => {
  const server = ownServer();
  afterEach(() => vi.mocked(verify).mockClear());

  const signIn = (username: string, password: string) => new HttpClient(server.app.url).code(LOGIN, { username, password });
  const storedHash = async () => (await server.app.orm.em.fork().findOneOrFail(User, { username: ADMIN.username })).passwordHash;

  it('cost the same work whether the name is known, unknown, or switched off', async () => {
    await signIn('warms-up', 'a first wrong guess');
    const work: unknown[] = [];
    const input = { username: 'gone', password: 'nanosecond-of-wire', role: 'VIEWER' };
    const created = await server.admin.data<{ createUser: { id: string } }>('mutation ($input: UserInput!) { createUser(input: $input) { id } }', { input }); // prettier-ignore
    await server.admin.data('mutation ($id: ID!) { updateUser(id: $id, input: { active: false }) { id } }', created.createUser);
    for (const username of [ADMIN.username, 'gone', 'nobody-of-this-name']) {
      vi.mocked(verify).mockClear();
      vi.mocked(hash).mockClear();
      expect(await signIn(username, 'not the password')).toBe('UNAUTHENTICATED');
      // The parameters are in the hash: the same ones are the same memory and passes.
      const parameters = vi.mocked(verify).mock.calls.map(([stored]) => String(stored).split('$').slice(0, 4));
      work.push({ parameters, hashes: vi.mocked(hash).mock.calls.length });
    }
    const once = { parameters: [['', 'argon2id', 'v=19', 'm=19456,t=2,p=1']], hashes: 0 };
    expect(work).toEqual([once, once, once]);
  });

  it('are hashed again at the next sign-in when the parameters have changed', async () => {
    const em = server.app.orm.em.fork();
    const weaker = await hash(ADMIN.password, { memoryCost: 8 * 1024, timeCost: 1, parallelism: 1 });
    await em.nativeUpdate(User, { username: ADMIN.username }, { passwordHash: weaker });
    expect(await signIn(ADMIN.username, 'not the password')).toBe('UNAUTHENTICATED');
    expect(await storedHash()).toBe(weaker);
    expect(await signIn(ADMIN.username, ADMIN.password)).toBeUndefined();
    const made = await storedHash();
    expect(made).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await signIn(ADMIN.username, ADMIN.password)).toBeUndefined();
    expect(await storedHash()).toBe(made);
  });
});

describe('a good password', () => {
  const refusal = (password: string): string | undefined => {
    try {
      requireGoodPassword(password, 'ada', 'password');
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };

  it.each(['1q2w3e4r5t', 'iloveyou1234', 'password123', 'P@ssw0rd2026!', 'Manchester-2026', 'StreamSwarm1!'])('is not %s', (password) => {
    expect(refusal(password)).toMatch(/first that attackers try/);
  });

  it.each([ADMIN.password, 'correct-horse-battery-41', 'drei Enten im Regen', '松竹梅鶴亀富士鷹茄子夢'])('can be %s', (password) => {
    expect(refusal(password)).toBeUndefined();
  });
});
