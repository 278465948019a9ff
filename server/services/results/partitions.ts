import { exclusively } from '../store/exclusively.js';
import type { RunSql, Store } from '../store/store.js';

const WEEK_MS = 7 * 86_400_000;
const TABLES = ['result', 'result_detail'] as const;
/** Weeks that are made beforehand when one is. */
const AHEAD = 2;
const MAKING = 'result partitions';
const REMOVING = 'old result partitions';
/** Who removes waits this long for a lock, ms: whoever comes after would wait behind it. */
const LOCK_MS = 2000;
/** What is removed is counted first: rows of a whole week. */
const COUNTING_MS = 600_000;

/** `check_violation`: what PostgreSQL says to a row that has no part to go to. */
const NO_PART = '23514';

/** A part of the results, with its tables; times in ms since 1970, `to` exclusive. */
export interface Week {
  readonly number: number;
  readonly from: number;
  readonly to: number;
  readonly results: string;
  readonly details: string;
}

/** The parts that PostgreSQL keeps results in, a week each: made when the first result of a week comes, dropped whole when their time is over. On SQLite there are none. */
export class Partitions {
  private readonly made = new Set<number>();

  constructor(private readonly store: Store) {}

  /**
   * Does `work`, which stores results of these moments (ms since 1970), once they have parts to go to. Where another server has dropped one of them
   * since this one made it, the part is made again, and the work is done again.
   */
  async holding<T>(moments: readonly number[], work: () => Promise<T>): Promise<T> {
    await this.ensure(moments);
    try {
      return await work();
    } catch (error) {
      if (this.store.kind !== 'postgres' || (error as { code?: unknown }).code !== NO_PART) throw error;
      this.made.clear();
      await this.ensure(moments);
      return work();
    }
  }

  /** The parts that end at this moment (ms since 1970) or before, the oldest first. */
  async before(moment: number): Promise<Week[]> {
    return (await this.all()).filter(({ to }) => to <= moment);
  }

  /** All parts, the oldest first. */
  async all(): Promise<Week[]> {
    if (this.store.kind !== 'postgres') return [];
    const rows = await this.store.read<{ name: string }>(
      "select inhrelid::regclass::text as name from pg_inherits where inhparent = 'result'::regclass",
    );
    const numbers = rows.map(({ name }) => Number(/_w(\d+)$/.exec(name)?.[1] ?? NaN)).filter((week) => Number.isInteger(week));
    return numbers.sort((one, other) => one - other).map(weekOf);
  }

  /**
   * Drops a part, in the transaction of `prepare`, to which nothing is added to the part any more; where that answers undefined, the part stays.
   * @throws Error with the code 55P03 (`lock_not_available`) where somebody reads it for long
   */
  async drop<T>(week: Week, prepare: (sql: RunSql) => Promise<T | undefined>): Promise<T | undefined> {
    const prepared = await this.removing(week.results, async (sql) => {
      const done = await prepare(sql);
      if (done === undefined) return undefined;
      await exclusively(sql, MAKING);
      // In the order in which results are stored.
      for (const table of [week.results, week.details]) await sql(`drop table if exists ${table}`);
      return done;
    });
    if (prepared !== undefined) this.made.delete(week.number);
    return prepared;
  }

  /** Empties the details of a part, in the transaction of `prepare`; the rest as for `drop`. */
  emptyDetails<T>({ details }: Week, prepare: (sql: RunSql) => Promise<T | undefined>): Promise<T | undefined> {
    return this.removing(details, async (sql) => {
      const done = await prepare(sql);
      if (done !== undefined) await sql(`truncate table ${details}`);
      return done;
    });
  }

  /** One server removes at a time; meanwhile nobody adds to the table. */
  private removing<T>(table: string, work: (sql: RunSql) => Promise<T>): Promise<T> {
    return this.store.write(async (sql) => {
      await sql(`set local lock_timeout = ${LOCK_MS}`);
      await sql(`set local statement_timeout = ${COUNTING_MS}`);
      await exclusively(sql, REMOVING);
      await sql(`lock table ${table} in share mode`);
      return work(sql);
    });
  }

  private async ensure(moments: Iterable<number>): Promise<void> {
    if (this.store.kind !== 'postgres') return;
    const weeks = new Set<number>();
    for (const at of moments) {
      const week = Math.floor(at / WEEK_MS);
      if (!this.made.has(week)) weeks.add(week);
    }
    if (weeks.size === 0) return;
    for (const week of [...weeks]) for (let ahead = 1; ahead <= AHEAD; ahead++) weeks.add(week + ahead);
    await this.store.write(async (sql) => {
      await exclusively(sql, MAKING);
      for (const week of [...weeks].sort((one, other) => one - other)) await make(sql, weekOf(week));
    });
    for (const week of weeks) this.made.add(week);
  }
}

const nameOf = (table: (typeof TABLES)[number], week: number): string => `${table}_w${week}`;

function weekOf(number: number): Week {
  const tables = { results: nameOf('result', number), details: nameOf('result_detail', number) };
  return { number, from: number * WEEK_MS, to: (number + 1) * WEEK_MS, ...tables };
}

/** Attached rather than made as a part: that locks out whoever reads or stores, and waits for those who read for long. */
async function make(sql: RunSql, { number, from, to }: Week): Promise<void> {
  for (const table of TABLES) {
    const part = nameOf(table, number);
    const [{ known } = { known: null }] = await sql<{ known: string | null }>('select to_regclass(?)::text as known', [part]);
    if (known !== null) continue;
    await sql(`create table ${part} (like ${table} including defaults including constraints)`);
    await sql(`alter table ${table} attach partition ${part} for values from (${from}) to (${to})`);
  }
}
