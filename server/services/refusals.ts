import type { Logger } from 'pino';
import type { Clock } from '../clock.js';
import { actorOf } from '../identity.js';
import { addressKey } from '../limits/address-key.js';
import type { Orm } from '../orm.js';
import type { AuditEntry, AuditService, Caller } from './audit.js';

const WINDOW_MS = 60_000;
/** Different things that one actor is refused within a window, each told by itself; what comes on top is told together. */
const MOST_SUBJECTS = 5;
/** Different refusals within a window, of all actors. */
const MOST_REFUSALS = 200;
/** Stands for those on top of that. */
const OTHERS = 'others';

/** A refusal that was told, and how often it happened again since. */
interface Repeated {
  readonly caller: Caller;
  readonly entry: AuditEntry;
  readonly since: Date;
  further: number;
}

/**
 * What is refused, in the audit log: the first time within a minute at once, and what follows of the same actor, action and subject (of nobody also
 * of the same address) as one event with a count when the minute is over. So whoever asks without end fills no disk. A server that is killed loses the
 * counts of its last minute. Each process counts for itself.
 */
export class Refusals {
  private told = new Map<string, Repeated>();
  private subjects = new Map<string, number>();
  private cancel: (() => void) | undefined;
  private telling: Promise<void> = Promise.resolve();

  constructor(
    private readonly orm: Pick<Orm, 'em'>,
    private readonly audit: AuditService,
    private readonly clock: Clock,
    private readonly log: Logger,
  ) {}

  /** Remembers that a caller asked for what it may not have: a field like `Query.users`, a path like `/metrics`. */
  denied(caller: Caller, subject: string): Promise<void> {
    return this.note(caller, { action: 'denied', subject });
  }

  /** Remembers a refusal of another kind. */
  async note(given: Caller, entry: AuditEntry): Promise<void> {
    const { key, caller, told } = this.placeOf(given, entry);
    const before = this.told.get(key);
    if (before) {
      before.further += 1;
      return;
    }
    this.told.set(key, { caller, entry: told, since: this.clock.now(), further: 0 });
    this.cancel ??= this.clock.after(WINDOW_MS, () => void this.tell());
    await this.audit.record({ ...caller, em: this.orm.em.fork() }, told);
  }

  /** Writes what was counted so far; resolves when that is done. Another minute begins with the next refusal. */
  async flush(): Promise<void> {
    await this.tell();
  }

  /** Under which key a refusal is counted, and how it is told. */
  private placeOf(caller: Caller, entry: AuditEntry): { key: string; caller: Caller; told: AuditEntry } {
    const { action, subject = null } = entry;
    const actor = entry.actor ?? actorOf(caller.identity);
    const who = caller.identity.kind === 'nobody' ? `${actor} ${addressKey(caller.remoteAddress)}` : actor;
    const key = JSON.stringify([who, action, subject]);
    if (this.told.has(key)) return { key, caller, told: entry };
    if (this.told.size >= MOST_REFUSALS) {
      const told = { action, actor: OTHERS };
      return { key: JSON.stringify([OTHERS, action]), caller: { ...caller, remoteAddress: 'several' }, told };
    }
    const subjects = this.subjects.get(who) ?? 0;
    if (subjects >= MOST_SUBJECTS) return { key: JSON.stringify([who, action, null]), caller, told: { action, actor } };
    this.subjects.set(who, subjects + 1);
    return { key, caller, told: entry };
  }

  private tell(): Promise<void> {
    this.cancel?.();
    this.cancel = undefined;
    const repeated = [...this.told.values()].filter(({ further }) => further > 0);
    this.told = new Map();
    this.subjects = new Map();
    this.telling = this.telling.then(() => this.write(repeated));
    return this.telling;
  }

  private async write(repeated: readonly Repeated[]): Promise<void> {
    if (repeated.length === 0) return;
    try {
      const em = this.orm.em.fork();
      for (const { caller, entry, since, further } of repeated)
        this.audit.add({ ...caller, em }, { ...entry, details: { further, since } });
      await em.flush();
    } catch (error) {
      const lost = repeated.map(({ entry, further }) => ({ ...entry, further }));
      this.log.error({ err: error, lost }, 'how often things were refused could not be written to the audit log');
    }
  }
}
