import type { Store, RunSql } from '../store.js';
import { groupedBy } from '../lists.js';
import { sideBySide } from '../store/side-by-side.js';
import { levelOf } from './levels.js';
import { RollupMaker, RowSource, type MadeBucket } from './maker.js';
import { markCoarser, type Mark } from './marks.js';
import { Rests } from './rest.js';

/** Buckets a transaction: short, so that ingest never waits long. */
const CHUNK = 16;

const DUE = `select assignment, level, bucket, stamp, raw, due from rollup_dirty where due <= ? order by level, due limit ${CHUNK}`;
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
    const rests = new Rests();
    while (!signal?.aborted) {
      const marks = await this.store.read<Mark & { readonly due: number }>(DUE, [now]);
      if (marks.length === 0) break;
      const buckets: MadeBucket[] = [];
      // One at a time: two at once would take no less of the processor, and hold twice the memory.
      for (const mark of marks) buckets.push(await this.maker.make(mark));
      // Whatever was marked again meanwhile is due later.
      made += await this.replace(buckets, now);
      await rests.after(now - Math.min(...marks.map(({ due }) => due)), signal);
    }
    return made;
  }

  private replace(buckets: readonly MadeBucket[], now: number): Promise<number> {
    return this.store.write(async (sql) => {
      let replaced = 0;
      // Level by level, since a coarser one may remove rows of a finer one.
      for (const [level, own] of groupedBy(buckets, ({ mark }) => mark.level)) replaced += await replaceAll(sql, level, own, now);
      return replaced;
    });
  }
}

/** Replaces the rows of buckets of one level: three turns of the event loop, however many they are, since ingest waits meanwhile. Gives how many it were. */
async function replaceAll(sql: RunSql, level: number, buckets: readonly MadeBucket[], now: number): Promise<number> {
  const unmarked = await sideBySide(sql, buckets.map(({ mark }) => () => unmark(sql, mark))); // prettier-ignore
  // The others were marked again, or their test was removed, since they were read.
  const replaced = buckets.filter((_, index) => unmarked[index]);
  await sideBySide(sql, replaced.flatMap((bucket) => clearing(sql, bucket))); // prettier-ignore
  await sideBySide(sql, replaced.flatMap((bucket) => inserting(sql, bucket))); // prettier-ignore
  if (replaced.length > 0) await markCoarser(sql, levelOf(level), replaced.map(({ mark }) => mark), Math.min(now, Date.now())); // prettier-ignore
  return replaced.length;
}

/** Whether the mark was there still, as it was read. */
async function unmark(sql: RunSql, { assignment, level, bucket, stamp }: Mark): Promise<boolean> {
  return (await sql(UNMARK, [assignment, level, bucket, stamp])).length > 0;
}

type Statements = (() => Promise<unknown>)[];

function clearing(sql: RunSql, { mark: { assignment, level, bucket }, source }: MadeBucket): Statements {
  const own = (): Promise<unknown> => sql(CLEAR, [assignment, level, bucket]);
  const finer = (): Promise<unknown> => sql(CLEAR_FINER, [assignment, level, bucket, bucket + levelOf(level).ms]);
  return source === RowSource.RESULTS && level > 1 ? [own, finer] : [own];
}

function inserting(sql: RunSql, { mark: { assignment, level, bucket }, source, rows }: MadeBucket): Statements {
  return rows.map(
    ({ metricSet, results, ends, body }) =>
      () =>
        sql(INSERT, [assignment, level, bucket, metricSet, source, results, ends, body]),
  );
}
