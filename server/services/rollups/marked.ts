import type { RunSql } from '../store.js';
import { bucketStart, coarserThan, levelOf, type Level } from './levels.js';
import { RowSource } from './maker.js';
import type { Stretch } from './stretches.js';

interface DirtyRow {
  readonly level: number;
  readonly bucket: number;
  readonly raw: number;
}

const MARKS = 'select level, bucket, raw from rollup_dirty where assignment = ? and bucket < ?';
const FROM_RESULTS = 'select level, bucket from rollup where assignment = ? and level = ? and bucket >= ? and bucket < ? and source = ?';

/** Says for which times an assignment's rollup rows of a level are not there or not right; read once for a range. */
export class Unavailable {
  private constructor(
    private readonly marks: readonly DirtyRow[],
    private readonly fromResults: readonly Pick<DirtyRow, 'level' | 'bucket'>[],
  ) {}

  /** @param finest the finest level that is to be read */
  static async of(sql: RunSql, assignment: number, finest: Level, { from, to }: Stretch): Promise<Unavailable> {
    const marks = await sql<DirtyRow>(MARKS, [assignment, to]);
    const fromResults: Pick<DirtyRow, 'level' | 'bucket'>[] = [];
    for (let level = coarserThan(finest); level; level = coarserThan(level)) {
      const bindings = [assignment, level.id, bucketStart(level, from), to, RowSource.RESULTS];
      fromResults.push(...(await sql<Pick<DirtyRow, 'level' | 'bucket'>>(FROM_RESULTS, bindings)));
    }
    return new Unavailable(marks, fromResults);
  }

  /** Marked buckets of this level and of finer ones; of coarser ones those that are made from results, since the finer rows in them are not all there. */
  at(level: Level): Stretch[] {
    const dirty = this.marks.filter((mark) => mark.level <= level.id || mark.raw === 1);
    return [...dirty, ...this.fromResults.filter((row) => row.level > level.id)].map(stretchOf);
  }
}

function stretchOf({ level, bucket }: Pick<DirtyRow, 'level' | 'bucket'>): Stretch {
  return { from: bucket, to: bucket + levelOf(level).ms };
}
