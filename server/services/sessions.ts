import type { EntityManager } from '../orm.js';
import type { ServerConfig } from '../config.js';
import { Session } from '../entities/session.js';
import type { User } from '../entities/user.js';
import type { ServerPubSub } from '../pubsub.js';
import { hashSecret, newSecret } from '../secrets.js';

const HOUR_MS = 3_600_000;

/** A session's secret, for the cookie and nothing else. */
export interface IssuedSession {
  readonly secret: string;
  readonly expiresAt: Date;
}

/** Begins and ends people's sessions. Only the hash of a session's secret is kept. */
export class SessionService {
  constructor(
    private readonly config: ServerConfig,
    private readonly pubsub: ServerPubSub,
  ) {}

  /** Begins a session in the caller's unit of work: it holds once that is flushed. */
  begin(em: EntityManager, user: User): IssuedSession {
    const secret = newSecret('session');
    const session = new Session();
    session.id = hashSecret(secret);
    session.user = user;
    session.expiresAt = new Date(Date.now() + this.config.sessionHours * HOUR_MS);
    em.persist(session);
    return { secret, expiresAt: session.expiresAt };
  }

  /** Ends one session; sockets that live by it are closed. */
  async end(em: EntityManager, userId: string, sessionId: string): Promise<void> {
    await em.nativeDelete(Session, sessionId);
    this.pubsub.publish('credentialRevoked', { kind: 'user', userId, sessionId });
  }

  /** Ends a person's sessions, all of them or all but the one named. */
  async endAll(em: EntityManager, userId: string, exceptId?: string): Promise<void> {
    const sessions = await em.find(Session, { user: userId, ...(exceptId === undefined ? {} : { id: { $ne: exceptId } }) });
    for (const session of sessions) await this.end(em, userId, session.id);
  }

  /** Deletes the sessions whose time is over. */
  async sweep(em: EntityManager): Promise<void> {
    const idleSince = new Date(Date.now() - this.config.sessionIdleHours * HOUR_MS);
    await em.nativeDelete(Session, { $or: [{ expiresAt: { $lte: new Date() } }, { lastUsedAt: { $lte: idleSince } }] });
  }
}
