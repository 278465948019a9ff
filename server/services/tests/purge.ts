import type { Logger } from 'pino';
import type { Store } from '../store.js';

/** Results a transaction: short, so that ingest never waits long. */
const CHUNK = 500;

const STEPS = [
  'delete from result_detail where seq in (select value from json_each(?))',
  'delete from result where seq in (select value from json_each(?))',
];
const REMOVE_TEST = [
  'delete from assignment_metric_set where assignment in (select id from assignment where test_id = ?)',
  'delete from assignment where test_id = ?',
  'delete from test_event where test_id = ?',
  'delete from test where id = ?',
];

/** Removes the rows of deleted tests, little by little; after a restart it goes on. */
export class Purge {
  private working: Promise<void> | undefined;
  private again = false;
  private stopped = false;

  constructor(
    private readonly store: Store,
    private readonly log: Logger,
  ) {}

  /** Begins, or goes on, unless it is at work already. */
  kick(): void {
    this.again = true;
    this.working ??= this.work().finally(() => {
      this.working = undefined;
    });
  }

  /** Resolves when nothing is left to remove. */
  async idle(): Promise<void> {
    await this.working;
  }

  /** Finishes the chunk under way. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.working;
  }

  private async work(): Promise<void> {
    while (this.again && !this.stopped) {
      this.again = false;
      const tests = await this.store.read<{ id: string }>('select id from test where deleted_at is not null');
      for (const { id } of tests) await this.remove(id);
    }
  }

  private async remove(testId: string): Promise<void> {
    try {
      while (!this.stopped && (await this.removeChunk(testId)) > 0);
      if (this.stopped) return;
      await this.store.write(async (sql) => {
        for (const statement of REMOVE_TEST) await sql(statement, [testId]);
      });
    } catch (error) {
      // The test is out of sight; what is left goes at the next deletion or start.
      this.log.error({ err: error, testId }, 'a deleted test could not be removed');
    }
  }

  private removeChunk(testId: string): Promise<number> {
    return this.store.write(async (sql) => {
      const find = 'select r.seq from assignment a join result r on r.assignment = a.id where a.test_id = ? limit ?';
      const rows = await sql<{ seq: number }>(find, [testId, CHUNK]);
      if (rows.length > 0) for (const step of STEPS) await sql(step, [JSON.stringify(rows.map(({ seq }) => seq))]);
      return rows.length;
    });
  }
}
