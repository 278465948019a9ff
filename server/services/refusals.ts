import type { Logger } from 'pino';
import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.js';
import { actorOf } from '../identity.js';
import { addressKey } from '../limits/address-key.js';
import type { AuditEntry, Caller } from './audit.js';
import type { PeriodicService } from './periodic.js';
import { LEFT_AFTER_MS, RefusalCounts, type RefusalCounting, type RefusalCountsDeps } from './refusal-counts.js';

const WINDOW_MS = 60_000;
/** So long a count may stand in memory alone. */
const KEEP_MS = 1000;
/** How often is looked for what other servers left. */
const LEFT_SECONDS = 60;
/** Different things that one actor is refused within a window, each told by itself; what comes on top is told together. */
const MOST_SUBJECTS = 5;
/** Different refusals within a window, of all actors. */
const MOST_REFUSALS = 200;
/** Stands for those on top of that. */
const OTHERS = 'others';

/** A refusal that was told, and how often it happened again since. */
interface Repeated extends RefusalCounting {
  further: number;
  kept: number;
}

interface RefusalsDeps extends RefusalCountsDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly periodic: PeriodicService;
}

/**
 * What is refused, in the audit log: the first time within a minute at once, and what follows of the same actor, action and subject (of nobody also
 * of the same address) as one event with a count when the minute is over. So whoever asks without end fills no disk. Counts are kept in the database once
 * a second: a server that is killed loses those of its last one, the others are told by the next server. Each process counts for itself.
 */
export class Refusals {
  private readonly counts: RefusalCounts;
  private told = new Map<string, Repeated>();
  private subjects = new Map<string, number>();
  private cancel: (() => void) | undefined;
  private cancelKeeping: (() => void) | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(private readonly deps: RefusalsDeps) {
    this.counts = new RefusalCounts(deps);
    deps.periodic.every('refusals.left', LEFT_SECONDS, () => this.takeUp());
  }

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
      this.cancelKeeping ??= this.deps.clock.after(KEEP_MS, () => this.keep());
      return;
    }
    const entryOfActor = { ...told, actor: told.actor ?? actorOf(caller.identity) };
    this.told.set(key, {
      id: randomUUID(),
      remoteAddress: caller.remoteAddress,
      entry: entryOfActor,
      since: this.deps.clock.now(),
      further: 0,
      kept: 0,
    });
    this.cancel ??= this.deps.clock.after(WINDOW_MS, () => void this.tell());
    await this.deps.audit.record({ ...caller, em: this.deps.orm.em.fork() }, told);
  }

  /** Writes what was counted so far; resolves when that is done. Another minute begins with the next refusal. */
  async flush(): Promise<void> {
    await this.tell();
  }

  /** Tells the counts of servers that are not there any more. */
  takeUp(): Promise<void> {
    return this.counts.tellLeft(this.deps.clock.now());
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
    this.cancelKeeping?.();
    this.cancelKeeping = undefined;
    const repeated = [...this.told.values()].filter(({ further }) => further > 0);
    this.told = new Map();
    this.subjects = new Map();
    this.writing = this.writing.then(() => this.write(repeated));
    return this.writing;
  }

  private keep(): void {
    this.cancelKeeping = undefined;
    // What another server may have told by now, since this one stood still, is no more kept.
    const since = this.deps.clock.now().getTime() - LEFT_AFTER_MS;
    const counted = [...this.told.values()].filter((count) => count.further > count.kept && count.since.getTime() > since);
    this.writing = this.writing.then(() => this.writeDown(counted));
  }

  private async writeDown(counted: readonly Repeated[]): Promise<void> {
    if (counted.length === 0) return;
    const now = counted.map((count) => ({ ...count }));
    try {
      await this.counts.keep(now);
      for (const [index, count] of counted.entries()) count.kept = now[index]?.further ?? count.kept;
    } catch (error) {
      this.deps.log.warn({ err: error }, 'how often things were refused could not be kept; it is told when the minute is over');
    }
  }

  private async write(repeated: readonly Repeated[]): Promise<void> {
    if (repeated.length === 0) return;
    try {
      await this.counts.tell(repeated);
    } catch (error) {
      // What was kept of it is told later.
      const lost = repeated.map(({ entry, further, kept }) => ({ ...entry, further: further - kept }));
      this.deps.log.error({ err: error, lost }, 'how often things were refused could not be written to the audit log');
    }
  }
}
