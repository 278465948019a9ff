import { Migration } from '@mikro-orm/migrations';

/** Ways that packets took, each once, which tests saw them, and what changed. Times are in ms since 1970. */
export class Migration20261123155000Paths extends Migration {
  override up(): void {
    for (const statement of STATEMENTS) this.addSql(statement);
  }

  override down(): void {
    for (const table of ['path_change', 'path_sighting', 'path']) this.addSql(`drop table ${table}`);
  }
}

const STATEMENTS = [
  `create table path (
    id text not null primary key,
    agent_id text not null,
    target_id text not null,
    protocol text not null,
    hash text not null,
    reached integer not null,
    first_seen_at integer not null,
    last_seen_at integer not null,
    traces integer not null,
    hops text not null
  )`,
  'create unique index path_key on path (agent_id, target_id, protocol, hash)',
  `create table path_sighting (
    assignment integer not null,
    path text not null,
    last_at integer not null,
    primary key (assignment, path)
  )`,
  'create index path_sighting_path on path_sighting (path)',
  `create table path_change (
    id text not null primary key,
    assignment integer not null,
    at integer not null,
    kind text not null,
    before_path text null,
    after_path text not null,
    first_changed_ttl integer not null
  )`,
  'create index path_change_key on path_change (assignment, at)',
];
