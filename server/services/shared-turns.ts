import { randomUUID } from 'node:crypto';
import type { Store } from './store.js';
import type { Turn, Turns } from './turns.js';

/** Whoever does not say for so long that the work goes on has lost it to the others, ms. */
const LEASE_MS = 10_000;
const KEEP_EVERY_MS = 3000;
/** How often one looks whether it is one's turn at the least and at the most, ms. */
const SOONEST_MS = 50;
const LATEST_MS = 5000;

// By the database's clock alone: those of the servers may differ.
const NOW = '(extract(epoch from clock_timestamp()) * 1000)::bigint';
const KNOW = `insert into periodic_turn (name, due_at, held_until, begun_at, occurrences) values (?, 0, 0, 0, 0) on conflict (name) do nothing`;
const BEGIN = `update periodic_turn set holder = ?, held_until = ${NOW} + ${LEASE_MS}, begun_at = ${NOW}, occurrences = occurrences + 1
  where name = ? and due_at <= ${NOW} and held_until <= ${NOW} returning name`;
const WAIT = `select greatest(due_at, held_until) - ${NOW} as wait from periodic_turn where name = ?`;
const KEEP = `update periodic_turn set held_until = ${NOW} + ${LEASE_MS} where name = ? and holder = ? and held_until > ${NOW} returning name`;
const END =
  'update periodic_turn set held_until = 0, holder = null, due_at = begun_at + cast(? as bigint) where name = ? and holder = ? and due_at <= begun_at';
const END_HASTENED = 'update periodic_turn set held_until = 0, holder = null where name = ? and holder = ?';
const FAIL = `update periodic_turn set held_until = 0, holder = null, due_at = ${NOW} + cast(? as bigint) where name = ? and holder = ?`;
const HASTEN = `update periodic_turn set due_at = case when held_until > ${NOW} then ${NOW} + 1 else 0 end where name = ?`;

/** The turns of processes that share a PostgreSQL database: a row a piece of work, held by whoever does it, and taken over when that one falls silent. */
export class SharedTurns implements Turns {
  readonly keepEveryMs = KEEP_EVERY_MS;
  private readonly id = randomUUID();
  private readonly known = new Set<string>();
  private readonly periods = new Map<string, number>();

  constructor(private readonly store: Pick<Store, 'write'>) {}

  async begin(name: string, periodMs: number): Promise<Turn> {
    this.periods.set(name, Math.round(periodMs));
    const turn = await this.store.write<Turn>(async (sql) => {
      if (!this.known.has(name)) await sql(KNOW, [name]);
      if ((await sql(BEGIN, [this.id, name])).length > 0) return { mine: true };
      const [row] = await sql<{ wait: number }>(WAIT, [name]);
      return { mine: false, askAgainMs: Math.min(LATEST_MS, Math.max(SOONEST_MS, row?.wait ?? 0)) };
    });
    // Only now: a transaction that was taken back has not stored it.
    this.known.add(name);
    return turn;
  }

  async keep(name: string): Promise<boolean> {
    return this.store.write(async (sql) => (await sql(KEEP, [name, this.id])).length > 0);
  }

  async end(name: string, failure?: { readonly againMs: number }): Promise<void> {
    await this.store.write(async (sql) => {
      if (failure) return sql(FAIL, [Math.round(failure.againMs), name, this.id]);
      await sql(END, [this.periods.get(name) ?? 0, name, this.id]);
      // Somebody made it due while it was under way: then it stays due.
      return sql(END_HASTENED, [name, this.id]);
    });
  }

  async hasten(name: string): Promise<void> {
    await this.store.write(async (sql) => {
      await sql(KNOW, [name]);
      return sql(HASTEN, [name]);
    });
  }
}
