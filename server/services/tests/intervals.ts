import type { EntityManager } from '../../orm.js';
import type { Test } from '../../entities/test.js';
import { sqlOf, type RunSql } from '../store.js';

const REMEMBER = 'insert into test_interval (test_id, revision, at, interval_seconds) values (?, ?, ?, ?)';
const ALL = 'select revision, at, interval_seconds as seconds from test_interval where test_id = ? order by revision';

/** Remembers which interval a revision of a test has: results of it are judged by that. In the transaction that makes the revision. */
export async function rememberInterval(em: EntityManager, test: Test, now: Date): Promise<void> {
  await sqlOf(em)(REMEMBER, [test.id, test.revision, now.getTime(), test.intervalSeconds]);
}

interface Revision {
  readonly revision: number;
  /** Since when, ms since 1970. */
  readonly at: number;
  readonly seconds: number;
}

/** The intervals of a test, then and now. */
export class Intervals {
  private constructor(private readonly revisions: readonly Revision[]) {}

  /** @param current what the test has now, s: of a test that nothing is remembered of, it is taken to have been always so */
  static async of(sql: RunSql, testId: string, current: number): Promise<Intervals> {
    const known = await sql<Revision>(ALL, [testId]);
    return new Intervals(known.length > 0 ? known : [{ revision: 1, at: 0, seconds: current }]);
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

  private get first(): Revision {
    const [first] = this.revisions;
    if (!first) throw new RangeError('a test has an interval');
    return first;
  }
}
