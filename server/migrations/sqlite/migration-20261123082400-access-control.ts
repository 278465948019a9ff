import { Migration } from '@mikro-orm/migrations';

/** Sessions that people can tell apart and end; an audit log that nothing changes. */
export class Migration20261123082400AccessControl extends Migration {
  override up(): void {
    for (const statement of [...SESSIONS, ...AUDIT]) this.addSql(statement);
  }

  override down(): void {
    for (const trigger of ['no_update', 'no_delete', 'no_replace']) this.addSql(`drop trigger audit_event_${trigger}`);
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
  'update session set handle = lower(hex(randomblob(16)))',
  'create unique index session_handle_unique on session (handle)',
];

const APPEND_ONLY = "begin select raise(abort, 'the audit log is append-only'); end";

const AUDIT = [
  `create trigger audit_event_no_update before update on audit_event ${APPEND_ONLY}`,
  `create trigger audit_event_no_delete before delete on audit_event ${APPEND_ONLY}`,
  // "insert or replace" deletes without asking the trigger above.
  `create trigger audit_event_no_replace before insert on audit_event when exists (select 1 from audit_event where id = new.id) ${APPEND_ONLY}`,
  'create index audit_event_actor on audit_event (actor, id)',
  'create index audit_event_action on audit_event (action, id)',
  'create index audit_event_at on audit_event (at)',
];
