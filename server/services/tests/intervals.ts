import type { EntityManager } from '../../orm.js';
import type { Test } from '../../entities/test.js';
import { union, type Stretch } from '../rollups/stretches.js';
import { sqlOf, type RunSql } from '../store.js';

const REMEMBER = 'insert into test_interval (test_id, revision, at, interval_seconds, one_cycle) values (?, ?, ?, ?, ?)';
const ALL =
  'select revision, at, interval_seconds as seconds, one_cycle as "oneCycle" from test_interval where test_id = ? order by revision';

/** Remembers which interval a revision of a test has, and whether its sessions are of one cycle: results of it, and gaps, are judged by that. In the transaction that makes the revision. */
export async function rememberInterval(em: EntityManager, test: Test, now: Date): Promise<void> {
  await sqlOf(em)(REMEMBER, [test.id, test.revision, now.getTime(), test.intervalSeconds, oneCycleOf(test)]);
}

interface Revision {
  readonly revision: number;
  /** Since when, ms since 1970. */
  readonly at: number;
  readonly seconds: number;
  /** 1: each session is one cycle, however long it waits for its results; else 0. */
  readonly oneCycle: number;
}

/** A test, as it is now. */
type Timed = Pick<Test, 'id' | 'intervalSeconds' | 'durationSeconds'>;

/** The intervals of a test, then and now, and when its sessions were of one cycle. */
export class Intervals {
  private constructor(private readonly revisions: readonly Revision[]) {}

  /** Of a test that nothing is remembered of: it is taken to have always been as it is now. */
  static async of(sql: RunSql, test: Timed): Promise<Intervals> {
    const known = await sql<Revision>(ALL, [test.id]);
    return new Intervals(known.length > 0 ? known : [{ revision: 1, at: 0, seconds: test.intervalSeconds, oneCycle: oneCycleOf(test) }]);
  }

  /** The interval that results of a revision have, ms. */
  ofRevision(revision: number): number {
    return 1000 * (this.revisions.findLast((each) => each.revision <= revision) ?? this.first).seconds;
  }

  /** The interval at a moment, ms. */
  at(moment: number): number {
    return 1000 * (this.revisions.findLast((each) => each.at <= moment) ?? this.first).seconds;
  }

  /** The shortest one of a range, s: what was measured finest. */
  shortestSeconds(from: number, to: number): number {
    const within = this.revisions.filter(({ at }, index) => at < to && (this.revisions[index + 1]?.at ?? Infinity) > from);
    return Math.min(...(within.length > 0 ? within : [this.first]).map(({ seconds }) => seconds));
  }

  /** When each session of the test was one cycle, ms since 1970; ascending. What is known first holds for what was before. */
  oneCycle(): Stretch[] {
    const from = (index: number): number => (index === 0 ? -Infinity : (this.revisions[index]?.at ?? Infinity));
    const ones = this.revisions.flatMap(({ oneCycle }, index) => (oneCycle ? [{ from: from(index), to: from(index + 1) }] : []));
    return union(ones);
  }

  private get first(): Revision {
    const [first] = this.revisions;
    if (!first) throw new RangeError('a test has an interval');
    return first;
  }
}

function oneCycleOf({ durationSeconds }: Pick<Test, 'durationSeconds'>): number {
  return durationSeconds === 0 ? 1 : 0;
}
