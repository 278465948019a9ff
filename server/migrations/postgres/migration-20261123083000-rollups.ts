import { Migration } from '@mikro-orm/migrations';

/** Rollups with the marks of what is to be rolled up, and when servers ran. What was stored before is marked, and rolled up little by little. */
export class Migration20261123083000Rollups extends Migration {
  override up(): void {
    for (const statement of [...TABLES, MARK_WHAT_IS_THERE]) this.addSql(statement);
  }

  override down(): void {
    for (const table of ['server_life', 'rollup', 'rollup_dirty']) this.addSql(`drop table ${table}`);
  }
}

// Times are in ms since 1970, levels as in services/rollups/levels.ts. Storage "external" lets a reader fetch a part of a body, and does not try to compress it.
const TABLES = [
  `create table rollup (
    id bigint generated always as identity primary key,
    assignment bigint not null,
    level integer not null,
    bucket bigint not null,
    metric_set bigint not null,
    source integer not null,
    results integer not null,
    ends text not null,
    body bytea not null
  )`,
  'alter table rollup alter column body set storage external',
  'create unique index rollup_key on rollup (assignment, level, bucket, metric_set, source, results)',
  `create table rollup_dirty (
    assignment bigint not null,
    level integer not null,
    bucket bigint not null,
    stamp bigint not null,
    due bigint not null,
    raw integer not null,
    primary key (assignment, level, bucket)
  ) with (fillfactor = 50)`,
  'create index rollup_dirty_due on rollup_dirty (due)',
  `create table server_life (
    id text not null primary key,
    started_at bigint not null,
    alive_at bigint not null
  )`,
];

const MARK_WHAT_IS_THERE = `insert into rollup_dirty (assignment, level, bucket, stamp, due, raw)
  select distinct r.assignment, l.level, r.at - r.at % l.ms, 0, 0, 1
  from result r
  join assignment a on a.id = r.assignment
  join test t on t.id = a.test_id
  join (values (1, 60000, 0, 6), (2, 3600000, 6, 360), (3, 86400000, 360, 8640)) as l (level, ms, above, up_to)
    on t.interval_seconds > l.above and t.interval_seconds <= l.up_to`;
