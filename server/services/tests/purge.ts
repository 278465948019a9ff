import type { Logger } from 'pino';
import type { PeriodicTask } from '../periodic-task.js';
import type { PeriodicService } from '../periodic.js';
import type { Store } from '../store.js';

/** A deletion is followed at once; this takes up what a stop or a failure left. */
const EVERY_SECONDS = 600;

/** Results a transaction: short, so that ingest never waits long. */
const CHUNK = 500;

const TABLES = ['result_detail', 'result'];
const OF_TEST = 'assignment in (select id from assignment where test_id = ?)';
const REMOVE_ROLLUPS = `delete from rollup where id in (select id from rollup where ${OF_TEST} limit 100) returning id`;
const REMOVE_TEST = [
  `delete from path_change where ${OF_TEST}`,
  `delete from path_state where ${OF_TEST}`,
  // Not those that another test saw as well.
  `delete from path where id in (select path from path_sighting where assignment in (select id from assignment where test_id = ?1))
    and not exists (select 1 from path_sighting s join assignment a on a.id = s.assignment where s.path = path.id and a.test_id <> ?1)`,
  `delete from path_sighting where ${OF_TEST}`,
  `delete from rollup_dirty where ${OF_TEST}`,
  `delete from rollup where ${OF_TEST}`,
  `delete from assignment_metric_set where ${OF_TEST}`,
  'delete from assignment where test_id = ?',
  'delete from test_event where test_id = ?',
  'delete from test_interval where test_id = ?',
  'delete from test where id = ?',
];

/** Removes the rows of deleted tests, little by little; after a restart it goes on. */
export class Purge {
  private readonly task: PeriodicTask;

  constructor(
    private readonly store: Store,
    periodic: PeriodicService,
    private readonly log: Logger,
  ) {
    this.task = periodic.every('tests.purge', EVERY_SECONDS, (signal) => this.work(signal));
  }

  /** Begins, or goes on, unless it is at work already. */
  kick(): void {
    void this.task.soon();
  }

  /** Resolves when nothing is left to remove by this process. */
  idle(): Promise<void> {
    return this.task.idle();
  }

  /** Removes all that is to be removed, here and now. */
  run(): Promise<void> {
    return this.work(new AbortController().signal);
  }

  private async work(signal: AbortSignal): Promise<void> {
    const tests = await this.store.read<{ id: string }>('select id from test where deleted_at is not null');
    for (const { id } of tests) if (!signal.aborted) await this.remove(id, signal);
  }

  private async remove(testId: string, signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted && (await this.removeChunk(testId)) > 0);
      while (!signal.aborted && (await this.store.write((sql) => sql(REMOVE_ROLLUPS, [testId]))).length > 0);
      if (signal.aborted) return;
      await this.store.write(async (sql) => {
        for (const statement of REMOVE_TEST) await sql(statement, [testId]);
      });
    } catch (error) {
      // The test is out of sight; what is left goes at the next time.
      this.log.error({ err: error, testId }, 'a deleted test could not be removed');
    }
  }

  private removeChunk(testId: string): Promise<number> {
    return this.store.write(async (sql) => {
      const find = 'select r.seq from assignment a join result r on r.assignment = a.id where a.test_id = ? limit ?';
      const rows = await sql<{ seq: number }>(find, [testId, CHUNK]);
      if (rows.length > 0)
        for (const table of TABLES)
          await sql(`delete from ${table} where seq in ${sql.dialect.values('bigint')}`, [JSON.stringify(rows.map(({ seq }) => seq))]);
      return rows.length;
    });
  }
}
