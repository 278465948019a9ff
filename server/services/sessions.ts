import { uuidv7 } from 'uuidv7';
import type { EntityManager } from '../orm.js';
import { Session } from '../entities/session.js';
import type { User } from '../entities/user.js';
import type { ServerPubSub } from '../pubsub.js';
import { hashSecret, newSecret } from '../secrets.js';
import type { Caller } from './audit.js';
import { deviceOf } from './device.js';
import { PEOPLE } from './people-lock.js';
import { exclusively, sqlOf } from './store.js';

const HOUR_MS = 3_600_000;

/** A session's secret, for the cookie and nothing else. */
export interface IssuedSession {
  readonly secret: string;
  readonly expiresAt: Date;
}

/** How long a session may last, hours: without a request, and in any case. */
export interface SessionLimits {
  readonly idleHours: number;
  readonly hours: number;
}

/** When a session ends if nobody asks any more; the limits are those of now, also for sessions that began under others. */
export function endOf(session: Session, { idleHours, hours }: SessionLimits): Date {
  const idle = session.lastUsedAt.getTime() + idleHours * HOUR_MS;
  const absolute = session.createdAt.getTime() + hours * HOUR_MS;
  return new Date(Math.min(idle, absolute, session.expiresAt.getTime()));
}

/** Begins, renews and ends people's sessions. Only the hash of a session's secret is kept. */
export class SessionService {
  constructor(
    /** Asked each time: a setting that changes is in force at once. */
    private readonly limits: () => SessionLimits,
    private readonly pubsub: ServerPubSub,
  ) {}

  /** Begins a session in the caller's unit of work: it holds once that is flushed. */
  begin(caller: Caller, user: User): IssuedSession {
    const session = new Session();
    session.handle = uuidv7();
    session.user = user;
    session.expiresAt = new Date(Date.now() + this.limits().hours * HOUR_MS);
    return this.issue(caller, session);
  }

  /**
   * Gives the caller's session a new secret: what could do less before, or was copied, is worth nothing afterwards. Sockets that live by the
   * old one are closed. Null where the caller has no session.
   */
  async renew(caller: Caller): Promise<IssuedSession | null> {
    const { identity } = caller;
    if (identity.kind !== 'user') return null;
    const renewed = await caller.em.transactional(async (em) => {
      await exclusively(sqlOf(em), PEOPLE);
      const old = await em.findOne(Session, identity.sessionId, { refresh: true });
      if (!old) return null;
      const { handle, user, createdAt, expiresAt } = old;
      await em.nativeDelete(Session, old.id);
      return { old, issued: this.issue({ ...caller, em }, Object.assign(new Session(), { handle, user, createdAt, expiresAt })) };
    });
    if (renewed) this.tellEnded([renewed.old]);
    return renewed?.issued ?? null;
  }

  /** When this session ends if it is not used any more. */
  endOf(session: Session): Date {
    return endOf(session, this.limits());
  }

  /** A person's sessions that hold, the one used last first. */
  async list(em: EntityManager, userId: string): Promise<Session[]> {
    const sessions = await em.find(Session, { user: userId }, { orderBy: { lastUsedAt: 'desc' } });
    return sessions.filter((session) => this.endOf(session).getTime() > Date.now());
  }

  /** Ends one session; sockets that live by it are closed. */
  async end(em: EntityManager, session: Session): Promise<void> {
    await em.nativeDelete(Session, session.id);
    this.tellEnded([session]);
  }

  /** Ends a person's sessions, all of them or all but the one named; returns how many there were. */
  async endAll(em: EntityManager, userId: string, exceptId?: string): Promise<number> {
    const ended = await this.deleteAll(em, userId, exceptId);
    this.tellEnded(ended);
    return ended.length;
  }

  /** Deletes them in the transaction that takes away what they lived by: whoever is signing in meanwhile comes before it or after. Once it is committed `tellEnded` is due. */
  async deleteAll(em: EntityManager, userId: string, exceptId?: string): Promise<readonly Session[]> {
    const sessions = await em.find(Session, { user: userId, ...(exceptId === undefined ? {} : { id: { $ne: exceptId } }) });
    await em.nativeDelete(Session, { id: { $in: sessions.map(({ id }) => id) } });
    return sessions;
  }

  /** Closes the sockets that live by sessions which were deleted. */
  tellEnded(sessions: readonly Session[]): void {
    for (const { id, user } of sessions) this.pubsub.publish('credentialRevoked', { kind: 'user', userId: user.id, sessionId: id });
  }

  /** Deletes the sessions whose time is over; returns how many there were. */
  async sweep(em: EntityManager): Promise<number> {
    const { idleHours, hours } = this.limits();
    const before = (ofHours: number): Date => new Date(Date.now() - ofHours * HOUR_MS);
    const over = [{ expiresAt: { $lte: new Date() } }, { createdAt: { $lte: before(hours) } }, { lastUsedAt: { $lte: before(idleHours) } }];
    return em.nativeDelete(Session, { $or: over });
  }

  private issue({ em, userAgent, remoteAddress }: Caller, session: Session): IssuedSession {
    const secret = newSecret('session');
    Object.assign(session, { id: hashSecret(secret), device: deviceOf(userAgent), remoteAddress, lastUsedAt: new Date() });
    em.persist(session);
    return { secret, expiresAt: session.expiresAt };
  }
}
