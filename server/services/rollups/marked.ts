import { groupedBy } from '../lists.js';
import type { RunSql } from '../store.js';
import type { Dialect } from '../store/dialect.js';
import { bucketStart, coarserThan, levelOf, type Level } from './levels.js';
import { RowSource } from './maker.js';
import type { Stretch } from './stretches.js';

interface DirtyRow {
  readonly assignment: number;
  readonly level: number;
  readonly bucket: number;
  readonly raw: number;
}

type MadeRow = Pick<DirtyRow, 'assignment' | 'level' | 'bucket'>;

const marksOf = ({ values, lookUp }: Dialect): string => `select d.assignment, d.level, d.bucket, d.raw
  from ${values('integer')} a ${lookUp('rollup_dirty', 'd', 'd.assignment = a.value and d.bucket < ?')}`;
const fromResultsOf = ({ values, lookUp }: Dialect): string => `select r.assignment, r.level, r.bucket
  from ${values('integer')} a ${lookUp('rollup', 'r', 'r.assignment = a.value and r.level = ? and r.bucket >= ? and r.bucket < ? and r.source = ?')}`;

/** Says for which times an assignment's rollup rows of a level are not there or not right; read once for a range. */
export class Unavailable {
  private constructor(
    private readonly marks: readonly DirtyRow[],
    private readonly fromResults: readonly MadeRow[],
  ) {}

  /** @param finest the finest level that is to be read */
  static async of(sql: RunSql, assignment: number, finest: Level, range: Stretch): Promise<Unavailable> {
    return (await Unavailable.ofEach(sql, [assignment], finest, range)).get(assignment) ?? new Unavailable([], []);
  }

  /** The same of many assignments, in as many statements as of one. */
  static async ofEach(
    sql: RunSql,
    assignments: readonly number[],
    finest: Level,
    { from, to }: Stretch,
  ): Promise<ReadonlyMap<number, Unavailable>> {
    const ids = JSON.stringify(assignments);
    const marks = groupedBy(await sql<DirtyRow>(marksOf(sql.dialect), [ids, to]), assignmentOf);
    const made: MadeRow[] = [];
    for (let level = coarserThan(finest); level; level = coarserThan(level)) {
      const bindings = [ids, level.id, bucketStart(level, from), to, RowSource.RESULTS];
      made.push(...(await sql<MadeRow>(fromResultsOf(sql.dialect), bindings)));
    }
    const fromResults = groupedBy(made, assignmentOf);
    return new Map(assignments.map((id) => [id, new Unavailable(marks.get(id) ?? [], fromResults.get(id) ?? [])]));
  }

  /** Marked buckets of this level and of finer ones; of coarser ones those that are made from results, since the finer rows in them are not all there. */
  at(level: Level): Stretch[] {
    const dirty = this.marks.filter((mark) => mark.level <= level.id || mark.raw === 1);
    return [...dirty, ...this.fromResults.filter((row) => row.level > level.id)].map(stretchOf);
  }
}

const assignmentOf = ({ assignment }: MadeRow): number => assignment;

function stretchOf({ level, bucket }: MadeRow): Stretch {
  return { from: bucket, to: bucket + levelOf(level).ms };
}
