import { Role } from '../entities/enums.js';
import { Session } from '../entities/session.js';
import { User } from '../entities/user.js';
import { forbidden, notFound } from '../errors.js';
import { roleOf } from '../identity.js';
import type { AuditService, Caller } from './audit.js';
import type { Refusals } from './refusals.js';
import type { SessionService } from './sessions.js';

/** What people do with sessions: their own, and administrators with everybody's. */
export class SessionControl {
  constructor(
    private readonly audit: AuditService,
    private readonly refusals: Refusals,
    private readonly sessions: SessionService,
  ) {}

  /** @throws ApiError FORBIDDEN (another's, without being administrator; none of one's own), NOT_FOUND */
  async list(caller: Caller, userId?: string | null): Promise<Session[]> {
    const { id } = await this.person(caller, userId);
    return this.sessions.list(caller.em, id);
  }

  /** Ends one session, by the id that is shown. @throws ApiError NOT_FOUND, also for one of somebody else unless an administrator asks */
  async end(caller: Caller, handle: string): Promise<void> {
    const { em, identity } = caller;
    const session = await em.findOne(Session, { handle }, { populate: ['user'] });
    const isOwn = identity.kind === 'user' && session?.user.id === identity.user.id;
    if (!session || !(isOwn || roleOf(identity) === Role.ADMIN)) throw notFound('session');
    await this.sessions.end(em, session);
    await this.audit.record(caller, {
      action: 'session.end',
      subject: `user:${session.user.username}`,
      details: { device: session.device },
    });
  }

  /** Ends the caller's sessions but the one that asks; returns how many. @throws ApiError FORBIDDEN for whoever has none */
  async endOthers(caller: Caller): Promise<number> {
    const user = await this.person(caller);
    const ended = await this.sessions.endAll(caller.em, user.id, sessionOf(caller));
    await this.audit.record(caller, { action: 'session.endOthers', subject: `user:${user.username}`, details: { ended } });
    return ended;
  }

  /** Ends all sessions of a person, of the caller where none is named; returns how many. @throws ApiError FORBIDDEN, NOT_FOUND */
  async endEverywhere(caller: Caller, userId?: string | null): Promise<number> {
    const user = await this.person(caller, userId);
    const ended = await this.sessions.endAll(caller.em, user.id);
    await this.audit.record(caller, { action: 'session.endAll', subject: `user:${user.username}`, details: { ended } });
    return ended;
  }

  private async person(caller: Caller, userId?: string | null): Promise<User> {
    const { em, identity } = caller;
    if (identity.kind === 'user' && (userId ?? identity.user.id) === identity.user.id) return identity.user;
    if (roleOf(identity) !== Role.ADMIN) return this.refuse(caller, 'Only administrators see the sessions of others.');
    if (!userId) return this.refuse(caller, 'Only a person who is signed in has sessions: name whose with userId.');
    const user = await em.findOne(User, { id: userId, deletedAt: null });
    if (!user) throw notFound('user');
    return user;
  }

  private async refuse(caller: Caller, reason: string): Promise<never> {
    await this.refusals.denied(caller, 'sessions');
    throw forbidden(reason);
  }
}

/** The session that the caller asks by. */
export function sessionOf({ identity }: Caller): string | undefined {
  return identity.kind === 'user' ? identity.sessionId : undefined;
}
