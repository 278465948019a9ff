import type { EntityManager, FilterQuery } from '../orm.js';
import type { Logger } from 'pino';
import { AuditEvent } from '../entities/audit-event.js';
import { actorOf, type Identity } from '../identity.js';

/** Who does something, from where; a `Context` is one. */
export interface Caller {
  readonly em: EntityManager;
  readonly identity: Identity;
  readonly remoteAddress: string;
  /** As the browser or program names itself. */
  readonly userAgent?: string;
}

/** What is to be remembered; `actor` where it is not the caller's identity (a sign-in that was refused). */
export interface AuditEntry {
  readonly action: string;
  readonly actor?: string;
  readonly subject?: string;
  readonly details?: unknown;
}

/** Which events are asked for; null and undefined: all. */
export interface AuditQuery {
  readonly actor?: string | null;
  /** With what is below it: `login` is `login` and `login.refused`. */
  readonly action?: string | null;
  readonly from?: Date | null;
  /** Exclusive. */
  readonly to?: Date | null;
}

/** The condition of a query. */
export function auditFilter({ actor, action, from, to }: AuditQuery): FilterQuery<AuditEvent> {
  const conditions: FilterQuery<AuditEvent>[] = [];
  if (actor) conditions.push({ actor });
  // A range instead of LIKE: it needs no escapes, and the index serves it ("/" follows ".").
  if (action) conditions.push({ $or: [{ action }, { action: { $gte: `${action}.`, $lt: `${action}/` } }] });
  if (from) conditions.push({ at: { $gte: from } });
  if (to) conditions.push({ at: { $lt: to } });
  return conditions.length === 0 ? {} : { $and: conditions };
}

/** The log of what people, integrations and agents did, or were refused. */
export class AuditService {
  constructor(private readonly log: Logger) {}

  /** Adds an event to the caller's unit of work: it is committed with what it tells of. */
  add(caller: Caller, { action, actor, subject, details }: AuditEntry): void {
    const by = actor ?? actorOf(caller.identity);
    const event = new AuditEvent();
    event.actor = by;
    event.action = action;
    event.subject = subject ?? null;
    event.details = details ?? null;
    event.remoteAddress = caller.remoteAddress;
    caller.em.persist(event);
    this.log.info({ actor: by, action, subject, remoteAddress: caller.remoteAddress }, 'audit');
  }

  /** Adds an event and commits it by itself: for what is refused, where nothing else is committed. */
  async record(caller: Caller, entry: AuditEntry): Promise<void> {
    const em = caller.em.fork();
    this.add({ ...caller, em }, entry);
    await em.flush();
  }
}
