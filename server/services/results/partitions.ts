import { exclusively } from '../store/exclusively.js';
import type { RunSql, Store } from '../store/store.js';

const WEEK_MS = 7 * 86_400_000;
const TABLES = ['result', 'result_detail'] as const;
/** Weeks that are made beforehand when one is. */
const AHEAD = 2;
const LOCK = 'result partitions';

/** The parts that PostgreSQL keeps results in, a week each: made when the first result of a week comes, dropped whole when their time is over. On SQLite there are none. */
export class Partitions {
  private readonly made = new Set<number>();

  constructor(private readonly store: Store) {}

  /** Sees to it that results of these moments (ms since 1970) have a part to go to. */
  async ensure(moments: Iterable<number>): Promise<void> {
    if (this.store.kind !== 'postgres') return;
    const weeks = new Set<number>();
    for (const at of moments) {
      const week = Math.floor(at / WEEK_MS);
      if (!this.made.has(week)) weeks.add(week);
    }
    if (weeks.size === 0) return;
    for (const week of [...weeks]) for (let ahead = 1; ahead <= AHEAD; ahead++) weeks.add(week + ahead);
    await this.store.write(async (sql) => {
      await exclusively(sql, LOCK);
      for (const week of [...weeks].sort((one, other) => one - other)) await make(sql, week);
    });
    for (const week of weeks) this.made.add(week);
  }

  /** Drops the parts that end at this moment (ms since 1970) or before. Returns how many weeks there were. */
  async dropBefore(moment: number): Promise<number> {
    if (this.store.kind !== 'postgres') return 0;
    return this.store.write(async (sql) => {
      await exclusively(sql, LOCK);
      const old = (await weeksOf(sql)).filter((week) => (week + 1) * WEEK_MS <= moment);
      for (const week of old) {
        for (const table of TABLES) await sql(`drop table if exists ${nameOf(table, week)}`);
        this.made.delete(week);
      }
      return old.length;
    });
  }
}

const nameOf = (table: string, week: number): string => `${table}_w${week}`;

async function make(sql: RunSql, week: number): Promise<void> {
  const [from, to] = [week * WEEK_MS, (week + 1) * WEEK_MS];
  for (const table of TABLES)
    await sql(`create table if not exists ${nameOf(table, week)} partition of ${table} for values from (${from}) to (${to})`);
}

async function weeksOf(sql: RunSql): Promise<number[]> {
  const rows = await sql<{ name: string }>("select inhrelid::regclass::text as name from pg_inherits where inhparent = 'result'::regclass");
  return rows.map(({ name }) => Number(/_w(\d+)$/.exec(name)?.[1] ?? NaN)).filter((week) => Number.isInteger(week));
}
