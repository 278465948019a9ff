import type { Store, RunSql } from '../store.js';
import { levelOf } from './levels.js';
import { RollupMaker, RowSource, type MadeBucket } from './maker.js';
import { markCoarser, type Mark } from './marks.js';

/** Buckets a transaction: short, so that ingest never waits long. */
const CHUNK = 16;

const DUE = `select assignment, level, bucket, stamp, raw from rollup_dirty where due <= ? order by level, due limit ${CHUNK}`;
const UNMARK = 'delete from rollup_dirty where assignment = ? and level = ? and bucket = ? and stamp = ? returning level';
const CLEAR = 'delete from rollup where assignment = ? and level = ? and bucket = ?';
const CLEAR_FINER = 'delete from rollup where assignment = ? and level < ? and bucket >= ? and bucket < ?';
const INSERT = 'insert into rollup (assignment, level, bucket, metric_set, source, results, ends, body) values (?, ?, ?, ?, ?, ?, ?, ?)';

/**
 * Keeps the rollups up to date: makes the rows of buckets that were marked when results arrived, once they have closed. A bucket's row replaces the one
 * before and its mark goes in the same transaction, and only where nothing was marked since it was read. So several servers may do it at once, a crash
 * leaves the mark, and late results have their buckets made again.
 */
export class RollupService {
  private turn: Promise<number> = Promise.resolve(0);

  constructor(
    private readonly store: Store,
    private readonly maker: Pick<RollupMaker, 'make'>,
  ) {}

  /** Makes whatever is due at `now`, the finest level first; after what is under way. Resolves with how many buckets were made. */
  run(now: number, signal?: AbortSignal): Promise<number> {
    const turn = this.turn.then(() => this.work(now, signal));
    this.turn = turn.catch(() => 0);
    return turn;
  }

  /** Makes everything that is marked, also what is not due yet; for tests and benches, which cannot wait for an hour to close. */
  runAll(): Promise<number> {
    return this.run(Number.MAX_SAFE_INTEGER);
  }

  private async work(now: number, signal?: AbortSignal): Promise<number> {
    let made = 0;
    while (!signal?.aborted) {
      const marks = await this.store.read<Mark>(DUE, [now]);
      if (marks.length === 0) break;
      const buckets: MadeBucket[] = [];
      // One at a time: two at once would take no less of the processor, and hold twice the memory.
      for (const mark of marks) buckets.push(await this.maker.make(mark));
      // Whatever was marked again meanwhile is due later.
      made += await this.replace(buckets, now);
    }
    return made;
  }

  private replace(buckets: readonly MadeBucket[], now: number): Promise<number> {
    return this.store.write(async (sql) => {
      const replaced: MadeBucket[] = [];
      for (const bucket of buckets) if (await replaceBucket(sql, bucket)) replaced.push(bucket);
      for (const level of new Set(replaced.map(({ mark }) => mark.level))) {
        const made = replaced.filter(({ mark }) => mark.level === level).map(({ mark }) => mark);
        await markCoarser(sql, levelOf(level), made, Math.min(now, Date.now()));
      }
      return replaced.length;
    });
  }
}

/** False where the bucket was marked again, or its test was removed, since it was read. */
async function replaceBucket(sql: RunSql, { mark, source, rows }: MadeBucket): Promise<boolean> {
  const { assignment, level, bucket, stamp } = mark;
  const unmarked = await sql<{ level: number }>(UNMARK, [assignment, level, bucket, stamp]);
  if (unmarked.length === 0) return false;
  await sql(CLEAR, [assignment, level, bucket]);
  if (source === RowSource.RESULTS && level > 1) await sql(CLEAR_FINER, [assignment, level, bucket, bucket + levelOf(level).ms]);
  for (const { metricSet, results, ends, body } of rows) {
    await sql(INSERT, [assignment, level, bucket, metricSet, source, results, ends, body]);
  }
  return true;
}
