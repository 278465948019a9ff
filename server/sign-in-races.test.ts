import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Session } from './entities/session.js';
import { LoginLimit } from './services/login-limit.js';
import { HttpClient } from './testing/client.js';
import { overtake } from './testing/overtake.js';
import { ownServer } from './testing/own-server.js';

const LOGIN = 'mutation ($username: String!, $password: String!) { login(username: $username, password: $password) { id } }';
const CREATE = 'mutation ($input: UserInput!) { createUser(input: $input) { id } }';
const UPDATE = 'mutation ($id: ID!, $input: UserUpdateInput!) { updateUser(id: $id, input: $input) { id } }';
const CHANGE = 'mutation ($current: String!, $next: String!) { changePassword(current: $current, next: $next) }';
const GRACE = { username: 'grace', password: 'nanosecond-of-wire' };
const NEXT = 'a-longer-piece-of-wire';

/** Lets something happen once a password was found right, before anything is done by it. */
function onceChecked(work: () => Promise<unknown>): void {
  const succeeded = LoginLimit.prototype.succeeded;
  vi.spyOn(LoginLimit.prototype, 'succeeded').mockImplementationOnce(async function (this: LoginLimit, account, address) {
    await work();
    await succeeded.call(this, account, address);
  });
}

describe('a password that is reset', () => {
  const own = ownServer();
  let graceId: string;
  beforeEach(async () => {
    graceId = (await own.admin.data<{ createUser: { id: string } }>(CREATE, { input: { ...GRACE, role: 'VIEWER' } })).createUser.id;
  });
  afterEach(() => void vi.restoreAllMocks());

  const change = (input: Record<string, unknown>) => () => own.admin.data(UPDATE, { id: graceId, input });
  const sessions = (): Promise<number> => own.app.orm.em.fork().count(Session, { user: graceId });

  it.each([{ password: NEXT }, { active: false }])(
    'or an account that is changed (%j) lets nobody in who was just about to',
    async (input) => {
      onceChecked(change(input));
      expect(await new HttpClient(own.app.url).code(LOGIN, GRACE)).toBe('UNAUTHENTICATED');
      expect(await sessions()).toBe(0);
    },
  );

  it('ends a sign-in that is committed right before it', async () => {
    const client = new HttpClient(own.app.url);
    await overtake(own.app, 'login', () => client.data(LOGIN, GRACE), change({ password: NEXT }));
    expect(await client.data('{ me { id } }')).toEqual({ me: null });
    expect(await sessions()).toBe(0);
  });

  it('is not changed back by who knew the old one', async () => {
    const client = new HttpClient(own.app.url);
    await client.data(LOGIN, GRACE);
    onceChecked(change({ password: NEXT }));
    expect(await client.code(CHANGE, { current: GRACE.password, next: 'a-password-of-the-thief' })).toBe('UNAUTHENTICATED');
    expect(await new HttpClient(own.app.url).code(LOGIN, { ...GRACE, password: NEXT })).toBeUndefined();
  });

  it('keeps nobody out who signs in twice at once while the hash is made anew', async () => {
    const outdated = '$argon2id$v=19$m=4096,t=3,p=1$';
    const { hash } = await import('@node-rs/argon2');
    const passwordHash = await hash(GRACE.password, { memoryCost: 4096, timeCost: 3 });
    expect(passwordHash).toContain(outdated);
    await own.app.orm.em.fork().execute('update "user" set password_hash = ? where id = ?', [passwordHash, graceId]);
    onceChecked(() => new HttpClient(own.app.url).data(LOGIN, GRACE));
    expect(await new HttpClient(own.app.url).code(LOGIN, GRACE)).toBeUndefined();
    expect(await sessions()).toBe(2);
  });
});
