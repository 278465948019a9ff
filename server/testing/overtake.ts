import type { EventSubscriber, TransactionEventArgs } from '@mikro-orm/core';
import { vi } from 'vitest';
import { AuditEvent } from '../entities/audit-event.js';
import type { EntityManager } from '../orm.js';
import type { TestApp } from './app.js';

/** Long enough for any machine: whoever neither waits nor ends by then does neither. */
const MOST_MS = 20_000;
const BLOCKED = 'select count(*) as n from pg_stat_activity where cast(? as integer) = any(pg_blocking_pids(pid))';

interface Pool {
  numPendingAcquires(): number;
}

/** Lets nobody pass until it is opened. */
class Gate {
  private resolve: (() => void) | undefined;
  readonly passed = new Promise<void>((resolve) => (this.resolve = resolve));

  open(): void {
    this.resolve?.();
  }
}

/** Keeps the first transaction that an audited action makes open, right before its commit: all its reads, checks and writes are done, nobody sees them. */
class HeldCommit implements EventSubscriber {
  private readonly came = new Gate();
  private readonly mayGo = new Gate();
  private isHeld = false;
  private backend: number | undefined;
  private begunSince = 0;

  constructor(
    private readonly app: TestApp,
    private readonly action: string,
  ) {
    app.orm.em.getEventManager().registerSubscriber(this);
  }

  /** Resolves when it stands. */
  get reached(): Promise<void> {
    return this.came.passed;
  }

  release(): void {
    this.mayGo.open();
  }

  /** Whether a transaction that began later waits for this one: for what it has locked, on SQLite for the one connection that writes. */
  async isWaitedFor(): Promise<boolean> {
    if (this.backend === undefined) {
      const { pool } = this.app.orm.em.getConnection().getKnex().client as { readonly pool: Pool };
      return this.begunSince > 0 && pool.numPendingAcquires() > 0;
    }
    const [blocked] = await this.app.services.store.read<{ n: number }>(BLOCKED, [this.backend]);
    return (blocked?.n ?? 0) > 0;
  }

  beforeTransactionStart(): void {
    if (this.isHeld) this.begunSince += 1;
  }

  async beforeTransactionCommit({ em }: TransactionEventArgs): Promise<void> {
    if (this.isHeld || !actionsIn(em as EntityManager).includes(this.action)) return;
    this.isHeld = true;
    if (this.app.services.store.kind === 'postgres') {
      const [row] = await (em as EntityManager).execute<{ pid: number }[]>('select pg_backend_pid() as pid');
      this.backend = row?.pid;
    }
    this.came.open();
    await this.mayGo.passed;
  }
}

/** The actions that a unit of work adds to the audit log. */
function actionsIn(em: EntityManager): string[] {
  const known: readonly unknown[] = [...em.getUnitOfWork().getIdentityMap().values()];
  return known.flatMap((entity) => (entity instanceof AuditEvent ? [entity.action] : []));
}

/**
 * Does `second` while the transaction of `first` (which adds this action to the audit log) has done everything but its commit. The commit comes once
 * `second` waits for it, or has ended without: whatever the two should keep from each other goes wrong each time where a lock is missing.
 */
export async function overtake<A, B>(app: TestApp, action: string, first: () => Promise<A>, second: () => Promise<B>): Promise<[A, B]> {
  const held = new HeldCommit(app, action);
  const firstDone = first();
  await Promise.race([
    held.reached,
    firstDone.then((answer) => Promise.reject(new Error(`no ${action} was held: ${JSON.stringify(answer)}`))),
  ]);
  let isOver = false;
  const secondDone = second().finally(() => (isOver = true));
  try {
    await vi.waitUntil(async () => isOver || (await held.isWaitedFor()), { timeout: MOST_MS, interval: 10 });
  } finally {
    held.release();
  }
  return Promise.all([firstDone, secondDone]);
}
