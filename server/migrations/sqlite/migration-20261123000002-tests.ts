import { Migration } from '@mikro-orm/migrations';

/** Tests, targets, assignments; results with what is interned for them; what explains gaps. */
export class Migration20261123000002Tests extends Migration {
  override up(): void {
    for (const statement of [...TESTS, ...RESULTS, ...HISTORY, SAMPLE_VIEW]) this.addSql(statement);
  }

  override down(): void {
    this.addSql('drop view `sample`');
    const results = ['result_minute', 'result_detail', 'result', 'run_form', 'assignment_metric_set', 'metric_set'];
    for (const table of ['agent_event', 'test_event', ...results, 'assignment', 'test', 'target']) this.addSql(`drop table \`${table}\``);
  }
}

const TESTS = [
  `create table \`target\` (
    \`id\` text not null primary key,
    \`kind\` text not null,
    \`address\` text not null,
    \`host\` text null,
    \`port\` integer null,
    \`agent_id\` text null references \`agent\` (\`id\`)
  )`,
  'create unique index `target_address_unique` on `target` (`address`)',
  `create table \`test\` (
    \`id\` text not null primary key,
    \`name\` text not null,
    \`description\` text null,
    \`revision\` integer not null,
    \`topology\` text not null,
    \`target_ids\` json not null,
    \`agent_ids\` json not null,
    \`probes\` json not null,
    \`interval_seconds\` real not null,
    \`duration_seconds\` integer null,
    \`starts_at\` datetime null,
    \`cron\` text null,
    \`timezone\` text not null,
    \`recurrence\` text not null,
    \`status\` text not null,
    \`next_run_at\` datetime null,
    \`session_started_at\` datetime null,
    \`session_ends_at\` datetime null,
    \`paused_at\` datetime null,
    \`parent_id\` text null references \`test\` (\`id\`) on delete set null,
    \`created_by_id\` text null references \`user\` (\`id\`) on delete set null,
    \`created_at\` datetime not null,
    \`started_at\` datetime null,
    \`completed_at\` datetime null,
    \`deleted_at\` datetime null
  )`,
  'create index `test_status_index` on `test` (`status`) where `deleted_at` is null',
  'create index `test_parent_index` on `test` (`parent_id`)',
  `create table \`assignment\` (
    \`id\` integer not null primary key autoincrement,
    \`test_id\` text not null references \`test\` (\`id\`),
    \`agent_id\` text not null references \`agent\` (\`id\`),
    \`target_id\` text not null references \`target\` (\`id\`),
    \`seed\` text not null,
    \`status\` text not null,
    \`reason\` text null,
    \`metric_set\` integer null,
    \`results\` integer not null,
    \`session_results\` integer not null,
    \`last_at\` integer null,
    \`last_result\` integer null,
    \`created_at\` datetime not null,
    \`ended_at\` datetime null
  )`,
  'create unique index `assignment_unique` on `assignment` (`test_id`, `agent_id`, `target_id`)',
  'create index `assignment_agent_index` on `assignment` (`agent_id`)',
];

// A result's key is (assignment, at, id). The row number stands for the id in the second index: it is 8 bytes where the id is 16.
const RESULTS = [
  `create table \`metric_set\` (
    \`id\` integer not null primary key,
    \`ids\` text not null
  )`,
  'create unique index `metric_set_unique` on `metric_set` (`ids`)',
  `create table \`assignment_metric_set\` (
    \`assignment\` integer not null,
    \`metric_set\` integer not null,
    primary key (\`assignment\`, \`metric_set\`)
  ) without rowid`,
  `create table \`run_form\` (
    \`id\` integer not null primary key,
    \`hash\` blob not null,
    \`body\` text not null
  )`,
  'create unique index `run_form_hash_unique` on `run_form` (`hash`)',
  `create table \`result\` (
    \`seq\` integer not null primary key,
    \`id\` blob not null,
    \`assignment\` integer not null,
    \`at\` integer not null,
    \`sequence\` integer not null,
    \`revision\` integer not null,
    \`scheduled\` integer not null,
    \`received\` integer not null,
    \`status\` integer not null,
    \`metric_set\` integer not null,
    \`numbers\` text not null,
    \`samples\` text null,
    \`bounds\` text null,
    \`runs\` text not null
  )`,
  'create unique index `result_id_unique` on `result` (`id`)',
  'create index `result_key` on `result` (`assignment`, `at`)',
  `create table \`result_detail\` (
    \`seq\` integer not null primary key,
    \`body\` text not null
  )`,
  `create table \`result_minute\` (
    \`minute\` integer not null primary key,
    \`results\` integer not null
  )`,
  // Nobody asks for more than the last hour.
  `create trigger \`result_minute_trim\` after insert on \`result_minute\`
    begin delete from \`result_minute\` where \`minute\` < new.\`minute\` - 120; end`,
];

const HISTORY = [
  `create table \`test_event\` (
    \`id\` integer not null primary key,
    \`test_id\` text not null,
    \`at\` integer not null,
    \`status\` text not null
  )`,
  'create index `test_event_index` on `test_event` (`test_id`, `at`)',
  `create table \`agent_event\` (
    \`id\` integer not null primary key,
    \`agent_id\` text not null,
    \`at\` integer not null,
    \`kind\` text not null
  )`,
  'create index `agent_event_index` on `agent_event` (`agent_id`, `at`)',
];

/** One row a number, for Grafana and SQL by hand: `result` is the id as hex, `at` is in ms since 1970. */
const SAMPLE_VIEW = `create view \`sample\` as
  select lower(hex(r.id)) as result, a.agent_id as agent, a.test_id as test, t.address as target, r.at as at, json_extract(s.ids, n.fullkey) as metric, n.value as value
  from \`result\` r
  join \`assignment\` a on a.id = r.assignment
  join \`target\` t on t.id = a.target_id
  join \`metric_set\` s on s.id = r.metric_set
  join json_each(r.numbers) n on n.type in ('integer', 'real')`;
