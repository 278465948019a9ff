import type { Logger } from 'pino';
import type { Partitions, Week } from '../results/partitions.js';
import type { Dialect } from '../store/dialect.js';
import type { RunSql, Store } from '../store.js';
import type { OldResults } from './old-results.js';

/** `lock_not_available`: somebody reads for longer than others should wait behind us. */
const IN_USE = '55P03';

// A bucket never reaches into another week. One that is marked is made from the results in it.
const MARKED = 'select 1 from rollup_dirty where bucket >= ? and bucket < ? limit 1';
const countsOf = ({ results }: Week): string => `select assignment, count(*) as n from ${results} group by assignment order by assignment`;
// In the order of their numbers, as those who store results do: nobody waits in a circle.
const lockAssignments = ({ values, lock }: Dialect): string =>
  `select a.id from assignment a where a.id in ${values('bigint')} order by a.id ${lock('a')}`;
const uncountOf = ({ rows }: Dialect): string => `update assignment as a set results = a.results - v.n,
    last_result = case when a.last_at < ? then null else a.last_result end
  from ${rows({ id: 'bigint', n: 'bigint' })} v where a.id = v.id`;

// Rows are numbered as they arrive. A detail without a result belongs to a test that is being removed.
const newestDetailOf = ({ details, results }: Week): string => `select r.at + r.received as arrived from ${details} d
  join ${results} r on r.seq = d.seq order by d.seq desc limit 1`;
const anyDetailOf = ({ details }: Week): string => `select 1 from ${details} limit 1`;
const countDetailsOf = ({ details }: Week): string => `select count(*) as n from ${details}`;

/**
 * On PostgreSQL: whole weeks, which takes the same little time however many rows they have, and leaves nothing to vacuum. So results stay until the last
 * of their week is too old, and details until the last of their week that came is: up to a week longer than the settings say.
 */
export class WeekRemoval implements OldResults {
  constructor(
    private readonly store: Store,
    private readonly partitions: Partitions,
    private readonly log: Logger,
  ) {}

  async removeResults(before: number, stopped: () => boolean): Promise<number> {
    let removed = 0;
    for (const week of await this.partitions.before(before)) {
      if (stopped()) break;
      removed += await this.unlessInUse(week, () => this.partitions.drop(week, (sql) => uncount(sql, week)));
    }
    return removed;
  }

  async removeDetails(before: number, stopped: () => boolean): Promise<number> {
    let removed = 0;
    for (const week of await this.partitions.all()) {
      if (stopped()) break;
      if (!(await allOld(this.store.read, week, before))) continue;
      removed += await this.unlessInUse(week, () => this.partitions.emptyDetails(week, (sql) => countOld(sql, week, before)));
    }
    return removed;
  }

  private async unlessInUse(week: Week, remove: () => Promise<number | undefined>): Promise<number> {
    try {
      return (await remove()) ?? 0;
    } catch (error) {
      if ((error as { code?: unknown }).code !== IN_USE) throw error;
      this.log.warn({ week: new Date(week.from).toISOString() }, 'a week of old results is in use, and is removed another time');
      return 0;
    }
  }
}

/** Takes the results of a week out of what is counted of them; undefined where some of them are not rolled up yet. */
async function uncount(sql: RunSql, week: Week): Promise<number | undefined> {
  if ((await sql(MARKED, [week.from, week.to])).length > 0) return undefined;
  const counts = await sql<{ assignment: number; n: number }>(countsOf(week));
  await sql(lockAssignments(sql.dialect), [JSON.stringify(counts.map(({ assignment }) => assignment))]);
  await sql(uncountOf(sql.dialect), [week.to, JSON.stringify(counts.map(({ assignment, n }) => [assignment, n]))]);
  return counts.reduce((sum, { n }) => sum + n, 0);
}

/** Whether a week has details, and all of them arrived before. */
async function allOld(sql: RunSql, week: Week, before: number): Promise<boolean> {
  const [newest] = await sql<{ arrived: number }>(newestDetailOf(week));
  if (newest) return newest.arrived < before;
  return (await sql(anyDetailOf(week))).length > 0;
}

async function countOld(sql: RunSql, week: Week, before: number): Promise<number | undefined> {
  if (!(await allOld(sql, week, before))) return undefined;
  const [count] = await sql<{ n: number }>(countDetailsOf(week));
  return count?.n;
}
