import type { EntityManager } from '../orm.js';
import { Role } from '../entities/enums.js';
import { User } from '../entities/user.js';
import { badUserInput, conflict, notFound } from '../errors.js';
import type { AuditService, Caller } from './audit.js';
import { requireGoodPassword } from './password-rules.js';
import { hashPassword } from './passwords.js';
import { PEOPLE } from './people-lock.js';
import type { SessionService } from './sessions.js';
import { exclusively, sqlOf } from './store.js';
import { requireGoodUsername, usernameIs } from './usernames.js';

/** What a new person is made from. */
export interface NewUser {
  readonly username: string;
  readonly password: string;
  readonly email?: string | null;
  readonly role: Role;
}

/** What is to be changed; undefined and null leave a value as it is, but for email, which null removes. */
export interface UserChange {
  readonly email?: string | null;
  readonly role?: Role | null;
  readonly active?: boolean | null;
  readonly password?: string | null;
}

/** The people who can sign in. There is always an administrator among them. */
export class UserService {
  constructor(
    private readonly audit: AuditService,
    private readonly sessions: SessionService,
  ) {}

  /** Everybody who was not deleted, by name. */
  list(em: EntityManager): Promise<User[]> {
    return em.find(User, { deletedAt: null }, { orderBy: { username: 'asc' } });
  }

  /** @throws ApiError BAD_USER_INPUT, CONFLICT when the name is taken */
  async create(caller: Caller, input: NewUser): Promise<User> {
    const username = requireGoodUsername(input.username, 'input.username');
    requireGoodPassword(input.password, username, 'input.password');
    const passwordHash = await hashPassword(input.password);
    return caller.em.transactional(async (em) => {
      await exclusively(sqlOf(em), PEOPLE);
      if (await em.count(User, { $and: [usernameIs(em, username), { deletedAt: null }] }))
        throw conflict(`The user name "${username}" is taken.`);
      const user = Object.assign(new User(), { username, passwordHash, role: input.role, email: input.email ?? null });
      em.persist(user);
      this.audit.add({ ...caller, em }, { action: 'user.create', subject: `user:${username}`, details: { role: user.role } });
      return user;
    });
  }

  /** A new password, a role or being switched off ends the person's sessions. @throws ApiError NOT_FOUND, BAD_USER_INPUT, CONFLICT */
  async update(caller: Caller, id: string, change: UserChange): Promise<User> {
    const { password } = change;
    if (password === '') throw badUserInput({ path: 'input.password', message: 'The password must not be empty.' });
    const found = await this.find(caller.em, id);
    if (password) requireGoodPassword(password, found.username, 'input.password');
    const passwordHash = password ? await hashPassword(password) : undefined;
    const isLost = Boolean(change.role) || change.active === false || passwordHash !== undefined;
    const { user, ended } = await caller.em.transactional(async (em) => {
      await exclusively(sqlOf(em), PEOPLE);
      const changed = await this.find(em, id);
      const before = changed.role;
      Object.assign(changed, { role: change.role ?? changed.role, active: change.active ?? changed.active });
      if (change.email !== undefined) changed.email = change.email;
      if (passwordHash !== undefined) changed.passwordHash = passwordHash;
      await em.flush();
      await requireAdministrator(em);
      const details = { role: changed.role, active: changed.active, roleBefore: before, passwordChanged: passwordHash !== undefined };
      this.audit.add({ ...caller, em }, { action: 'user.update', subject: `user:${changed.username}`, details });
      return { user: changed, ended: isLost ? await this.sessions.deleteAll(em, id, ownSession(caller, id)) : [] };
    });
    this.sessions.tellEnded(ended);
    return user;
  }

  /** Soft: what the person made still names them. @throws ApiError NOT_FOUND, CONFLICT for the last administrator */
  async remove(caller: Caller, id: string): Promise<void> {
    const ended = await caller.em.transactional(async (em) => {
      await exclusively(sqlOf(em), PEOPLE);
      const user = await this.find(em, id);
      Object.assign(user, { deletedAt: new Date(), active: false });
      await em.flush();
      await requireAdministrator(em);
      this.audit.add({ ...caller, em }, { action: 'user.delete', subject: `user:${user.username}` });
      return this.sessions.deleteAll(em, id);
    });
    this.sessions.tellEnded(ended);
  }

  private async find(em: EntityManager, id: string): Promise<User> {
    const user = await em.findOne(User, { id, deletedAt: null }, { refresh: true });
    if (!user) throw notFound('user');
    return user;
  }
}

/** A person who changes themselves stays signed in where they do it. */
function ownSession({ identity }: Caller, id: string): string | undefined {
  return identity.kind === 'user' && identity.user.id === id ? identity.sessionId : undefined;
}

async function requireAdministrator(em: EntityManager): Promise<void> {
  const left = await em.count(User, { role: Role.ADMIN, active: true, deletedAt: null });
  if (left === 0) throw conflict('This is the last active administrator: make another one first.');
}
