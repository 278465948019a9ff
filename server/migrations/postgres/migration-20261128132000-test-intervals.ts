import { Migration } from '@mikro-orm/migrations';

/**
 * The intervals that a test had, by revision, from when on (ms since 1970). Of what was before nothing is known: the first one holds for that as well.
 * Results that were never marked for a rollup, since their interval was too long, have their days marked.
 */
export class Migration20261128132000TestIntervals extends Migration {
  override up(): void {
    for (const statement of STATEMENTS) this.addSql(statement);
  }

  override down(): void {
    this.addSql('drop table test_interval');
  }
}

// Of tests that may have such results alone: the others' have all been marked, and they may be millions.
const STATEMENTS = [
  `create table test_interval (
    test_id text not null,
    revision integer not null,
    at bigint not null,
    interval_seconds double precision not null,
    primary key (test_id, revision)
  )`,
  'insert into test_interval (test_id, revision, at, interval_seconds) select id, revision, 0, interval_seconds from test',
  `insert into rollup_dirty (assignment, level, bucket, stamp, due, raw)
    select d.assignment, 3, d.bucket, 0, 0, 1
    from (
      select distinct r.assignment, r.at - r.at % 86400000 as bucket from result r
      join assignment a on a.id = r.assignment
      join test t on t.id = a.test_id
      where t.interval_seconds > 8640 or t.revision > 1
    ) d
    where not exists (select 1 from rollup u where u.assignment = d.assignment and u.level = 3 and u.bucket = d.bucket)
      and not exists (select 1 from rollup_dirty m where m.assignment = d.assignment and m.bucket >= d.bucket and m.bucket < d.bucket + 86400000)`,
];
