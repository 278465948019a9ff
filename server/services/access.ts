import type { EntityManager } from '../orm.js';
import { Role } from '../entities/enums.js';
import { Session } from '../entities/session.js';
import { User } from '../entities/user.js';
import { ApiError, conflict, unauthenticated } from '../errors.js';
import type { AuditService, Caller } from './audit.js';
import type { LoginLimit } from './login-limit.js';
import { requireGoodPassword } from './password-rules.js';
import { checkPassword, hashPassword, isOutdated } from './passwords.js';
import { PEOPLE } from './people-lock.js';
import type { Refusals } from './refusals.js';
import { sessionOf } from './session-control.js';
import type { IssuedSession, SessionService } from './sessions.js';
import type { SetUpService } from './set-up.js';
import { exclusively, sqlOf } from './store.js';
import { requireGoodUsername, usernameIs } from './usernames.js';

/** A person who just signed in, and the secret of the session. */
export interface SignedIn {
  readonly user: User;
  readonly session: IssuedSession;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

interface Parts {
  readonly audit: AuditService;
  readonly limit: LoginLimit;
  readonly refusals: Refusals;
  readonly sessions: SessionService;
  readonly setUp: SetUpService;
}

/** Signing in and out, and the first administrator. */
export class AccessService {
  constructor(private readonly parts: Parts) {}

  /** @throws ApiError UNAUTHENTICATED (unknown name, wrong password and disabled account look alike), RATE_LIMITED */
  async login(caller: Caller, { username, password }: Credentials): Promise<SignedIn> {
    const { audit } = this.parts;
    await this.countAttempt(caller, 'login.limited', username);
    const user = await findByName(caller.em, username);
    const matches = await checkPassword(user?.passwordHash, password);
    const signedIn = user && matches && user.active ? await this.signInBy(caller, user, { username, password }) : null;
    if (signedIn) return signedIn;
    await audit.record(caller, { action: 'login.refused', subject: user ? `user:${user.username}` : undefined });
    throw unauthenticated('The user name or the password is wrong.');
  }

  /** Begins a session by a password that was right when it was checked; null where that was changed, or the person switched off, meanwhile. */
  private async signInBy(caller: Caller, checked: User, { username, password }: Credentials): Promise<SignedIn | null> {
    await this.parts.limit.succeeded(username, caller.remoteAddress);
    const { id, passwordHash } = checked;
    const renewed = isOutdated(passwordHash) ? await hashPassword(password) : undefined;
    return caller.em.transactional(async (em) => {
      const user = await alone(em, id);
      if (!user?.active || !(await isStillRight(user, passwordHash, password))) return null;
      if (renewed !== undefined && user.passwordHash === passwordHash) user.passwordHash = renewed;
      await this.leaveOldSession({ ...caller, em });
      return { user, session: this.signIn({ ...caller, em }, user, 'login') };
    });
  }

  /** Creates the first administrator. @throws ApiError CONFLICT when there is one, UNAUTHENTICATED for a wrong token, BAD_USER_INPUT */
  async setUp(caller: Caller, token: string, credentials: Credentials): Promise<SignedIn> {
    const { audit, setUp } = this.parts;
    if (!(await setUp.required(caller.em))) throw alreadySetUp();
    if (!(await setUp.matches(caller.em, token))) {
      // Asked again: the right token is gone once somebody else has used it.
      if (!(await setUp.required(caller.em))) throw alreadySetUp();
      await audit.record(caller, { action: 'setUp.refused' });
      throw unauthenticated('The set-up token is wrong. The newest link stands where the server was started.');
    }
    const username = requireGoodUsername(credentials.username, 'username');
    requireGoodPassword(credentials.password, username, 'password');
    const passwordHash = await hashPassword(credentials.password);
    return caller.em.transactional(async (em) => {
      await exclusively(sqlOf(em), PEOPLE);
      // And again, now that nobody else can: two may use the link at once.
      if (!(await setUp.required(em))) throw alreadySetUp();
      const user = Object.assign(new User(), { username, role: Role.ADMIN, passwordHash });
      em.persist(user);
      const session = this.signIn({ ...caller, em }, user, 'setUp');
      await em.flush();
      await setUp.forget(em);
      return { user, session };
    });
  }

  /** Ends the caller's session; without one there is nothing to end. */
  async logout(caller: Caller): Promise<void> {
    if (caller.identity.kind !== 'user') return;
    await this.leaveOldSession(caller);
    await this.parts.audit.record(caller, { action: 'logout' });
  }

  /** Every other session of the person ends. @throws ApiError UNAUTHENTICATED (the current one is wrong), BAD_USER_INPUT, RATE_LIMITED */
  async changePassword(caller: Caller, user: User, current: string, next: string): Promise<void> {
    const { audit, limit, sessions } = this.parts;
    await this.countAttempt(caller, 'password.limited', user.username);
    if (!(await checkPassword(user.passwordHash, current))) {
      await audit.record(caller, { action: 'password.refused' });
      throw unauthenticated('The current password is wrong.');
    }
    await limit.succeeded(user.username, caller.remoteAddress);
    requireGoodPassword(next, user.username, 'next');
    const [checked, nextHash] = [user.passwordHash, await hashPassword(next)];
    const ended = await caller.em.transactional(async (em) => {
      const found = await alone(em, user.id);
      if (!found?.active || !(await isStillRight(found, checked, current)))
        throw unauthenticated('The password was changed meanwhile: sign in with the new one.');
      found.passwordHash = nextHash;
      audit.add({ ...caller, em }, { action: 'password.change' });
      return sessions.deleteAll(em, user.id, sessionOf(caller));
    });
    sessions.tellEnded(ended);
  }

  /** Counts a guess at a password; one too many is remembered, by the name of an account only where there is one: what is typed as a name can be a password. */
  private async countAttempt(caller: Caller, action: string, username: string): Promise<void> {
    try {
      await this.parts.limit.attempt(username, caller.remoteAddress);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const user = await findByName(caller.em, username);
      await this.parts.refusals.note(caller, { action, subject: user ? `user:${user.username}` : undefined });
      throw error;
    }
  }

  private signIn(caller: Caller, user: User, action: string): IssuedSession {
    user.lastLoginAt = new Date();
    this.parts.audit.add(caller, { action, actor: `user:${user.username}` });
    return this.parts.sessions.begin(caller, user);
  }

  private async leaveOldSession({ em, identity }: Caller): Promise<void> {
    if (identity.kind !== 'user') return;
    const session = await em.findOne(Session, identity.sessionId);
    if (session) await this.parts.sessions.end(em, session);
  }
}

function alreadySetUp(): Error {
  return conflict('An administrator exists already: sign in instead.');
}

/** The person as they are now, whom nobody else changes until the transaction ends. */
async function alone(em: EntityManager, id: string): Promise<User | null> {
  await exclusively(sqlOf(em), PEOPLE);
  return em.findOne(User, { id, deletedAt: null }, { refresh: true });
}

/** Whether a password that belonged to one hash belongs to today's: the same, or made anew of the same password. */
async function isStillRight(user: User, checkedHash: string, password: string): Promise<boolean> {
  return user.passwordHash === checkedHash || checkPassword(user.passwordHash, password);
}

async function findByName(em: EntityManager, username: string): Promise<User | null> {
  return em.findOne(User, { $and: [usernameIs(em, username), { deletedAt: null }] });
}
