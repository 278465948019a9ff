import { Migration } from '@mikro-orm/migrations';

/** What is known of the way of each assignment by each protocol: a change is told by comparing with it. `at`: the newest trace, ms since 1970; `state`: JSON. */
export class Migration20261128137000PathState extends Migration {
  override up(): void {
    for (const statement of STATEMENTS) this.addSql(statement);
  }

  override down(): void {
    this.addSql('drop table path_state');
    for (const index of ['path_change_at', 'path_change_before', 'path_change_after', 'path_last_seen_at'])
      this.addSql(`drop index ${index}`);
  }
}

const STATEMENTS = [
  `create table path_state (
    assignment integer not null,
    protocol text not null,
    at integer not null,
    state text not null,
    primary key (assignment, protocol)
  )`,
  // What is too old is found by these.
  'create index path_change_at on path_change (at)',
  'create index path_change_before on path_change (before_path)',
  'create index path_change_after on path_change (after_path)',
  'create index path_last_seen_at on path (last_seen_at)',
];
