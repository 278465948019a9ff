import { Migration } from '@mikro-orm/migrations';

/** Rollups with the marks of what is to be rolled up, and when servers ran. What was stored before is marked, and rolled up little by little. */
export class Migration20261123083000Rollups extends Migration {
  override up(): void {
    for (const statement of [...TABLES, MARK_WHAT_IS_THERE]) this.addSql(statement);
  }

  override down(): void {
    for (const table of ['server_life', 'rollup', 'rollup_dirty']) this.addSql(`drop table \`${table}\``);
  }
}

// Times are in ms since 1970, levels as in services/rollups/levels.ts. A row of rollup is large: a key of its own keeps the index small.
const TABLES = [
  `create table \`rollup\` (
    \`id\` integer not null primary key,
    \`assignment\` integer not null,
    \`level\` integer not null,
    \`bucket\` integer not null,
    \`metric_set\` integer not null,
    \`source\` integer not null,
    \`results\` integer not null,
    \`ends\` text not null,
    \`body\` blob not null
  )`,
  'create unique index `rollup_key` on `rollup` (`assignment`, `level`, `bucket`, `metric_set`, `source`, `results`)',
  `create table \`rollup_dirty\` (
    \`assignment\` integer not null,
    \`level\` integer not null,
    \`bucket\` integer not null,
    \`stamp\` integer not null,
    \`due\` integer not null,
    \`raw\` integer not null,
    primary key (\`assignment\`, \`level\`, \`bucket\`)
  ) without rowid`,
  'create index `rollup_dirty_due` on `rollup_dirty` (`due`)',
  `create table \`server_life\` (
    \`id\` text not null primary key,
    \`started_at\` integer not null,
    \`alive_at\` integer not null
  ) without rowid`,
];

const MARK_WHAT_IS_THERE = `insert into \`rollup_dirty\` (\`assignment\`, \`level\`, \`bucket\`, \`stamp\`, \`due\`, \`raw\`)
  select distinct r.assignment, l.level, r.at - r.at % l.ms, 0, 0, 1
  from \`result\` r
  join \`assignment\` a on a.id = r.assignment
  join \`test\` t on t.id = a.test_id
  join (select 1 as level, 60000 as ms, 0 as above, 6 as up_to
    union all select 2, 3600000, 6, 360
    union all select 3, 86400000, 360, 8640) l on t.interval_seconds > l.above and t.interval_seconds <= l.up_to`;
