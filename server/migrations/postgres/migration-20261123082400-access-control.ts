import { Migration } from '@mikro-orm/migrations';

/** Sessions that people can tell apart and end; an audit log that nothing changes. */
export class Migration20261123082400AccessControl extends Migration {
  override up(): void {
    for (const statement of [...SESSIONS, ...AUDIT]) this.addSql(statement);
  }

  override down(): void {
    for (const trigger of ['no_change', 'no_truncate']) this.addSql(`drop trigger audit_event_${trigger} on audit_event`);
    this.addSql('drop function audit_event_append_only()');
    for (const index of ['audit_event_actor', 'audit_event_action', 'audit_event_at', 'session_handle_unique']) {
      this.addSql(`drop index ${index}`);
    }
    for (const column of ['handle', 'device', 'remote_address']) this.addSql(`alter table session drop column ${column}`);
  }
}

const SESSIONS = [
  "alter table session add column handle text not null default ''",
  'alter table session add column device text null',
  'alter table session add column remote_address text null',
  'update session set handle = gen_random_uuid()::text',
  'create unique index session_handle_unique on session (handle)',
];

const AUDIT = [
  `create function audit_event_append_only() returns trigger language plpgsql as
    $$ begin raise exception 'the audit log is append-only'; end $$`,
  'create trigger audit_event_no_change before update or delete on audit_event for each row execute function audit_event_append_only()',
  'create trigger audit_event_no_truncate before truncate on audit_event for each statement execute function audit_event_append_only()',
  'create index audit_event_actor on audit_event (actor, id)',
  'create index audit_event_action on audit_event (action, id)',
  'create index audit_event_at on audit_event (at)',
];
