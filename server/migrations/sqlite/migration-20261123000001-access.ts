import { Migration } from '@mikro-orm/migrations';

/** People, sessions, tokens, agents, what probes declare, the audit log, settings. */
export class Migration20261123000001Access extends Migration {
  override up(): void {
    for (const statement of [...PEOPLE, ...TOKENS, ...AGENTS, ...SYSTEM]) this.addSql(statement);
  }

  override down(): void {
    for (const table of ['system_setting', 'audit_event', 'agent', 'probe_declaration', 'api_token', 'session', 'user']) {
      this.addSql(`drop table \`${table}\``);
    }
  }
}

const PEOPLE = [
  `create table \`user\` (
    \`id\` text not null primary key,
    \`username\` text not null,
    \`email\` text null,
    \`role\` text not null,
    \`active\` integer not null,
    \`password_hash\` text not null,
    \`created_at\` datetime not null,
    \`last_login_at\` datetime null,
    \`deleted_at\` datetime null
  )`,
  // Only of those who are there: a deleted person's name may be given again.
  'create unique index `user_username_unique` on `user` (lower(`username`)) where `deleted_at` is null',
  `create table \`session\` (
    \`id\` text not null primary key,
    \`user_id\` text not null references \`user\` (\`id\`) on delete cascade,
    \`created_at\` datetime not null,
    \`last_used_at\` datetime not null,
    \`expires_at\` datetime not null
  )`,
  'create index `session_user_index` on `session` (`user_id`)',
  'create index `session_expires_at_index` on `session` (`expires_at`)',
];

const TOKENS = [
  `create table \`api_token\` (
    \`id\` text not null primary key,
    \`name\` text not null,
    \`description\` text null,
    \`kind\` text not null,
    \`role\` text null,
    \`secret_hash\` text not null,
    \`prefix\` text not null,
    \`uses\` integer not null,
    \`max_uses\` integer null,
    \`created_at\` datetime not null,
    \`expires_at\` datetime null,
    \`last_used_at\` datetime null,
    \`revoked_at\` datetime null
  )`,
  'create unique index `api_token_secret_hash_unique` on `api_token` (`secret_hash`)',
];

const AGENTS = [
  `create table \`probe_declaration\` (
    \`id\` text not null primary key,
    \`name\` text not null,
    \`version\` text not null,
    \`title\` text not null,
    \`description\` text not null,
    \`settings_schema\` json not null,
    \`metrics\` json not null,
    \`first_seen_at\` datetime not null
  )`,
  'create index `probe_declaration_name_index` on `probe_declaration` (`name`)',
  `create table \`agent\` (
    \`id\` text not null primary key,
    \`install_id\` text not null,
    \`name\` text not null,
    \`hostname\` text not null,
    \`version\` text not null,
    \`labels\` json not null,
    \`addresses\` json not null,
    \`system\` json not null,
    \`probes\` json not null,
    \`secret_hash\` text not null,
    \`secret_used_at\` datetime null,
    \`token_id\` text null references \`api_token\` (\`id\`) on delete set null,
    \`disabled\` integer not null,
    \`registered_at\` datetime not null,
    \`last_seen_at\` datetime null,
    \`clock_offset_ms\` real null,
    \`clock_error_ms\` real null,
    \`spooled_results\` integer not null,
    \`dropped_results\` integer not null,
    \`deleted_at\` datetime null
  )`,
  'create unique index `agent_install_id_unique` on `agent` (`install_id`) where `deleted_at` is null',
  'create unique index `agent_secret_hash_unique` on `agent` (`secret_hash`)',
  'create index `agent_token_index` on `agent` (`token_id`)',
];

const SYSTEM = [
  `create table \`audit_event\` (
    \`id\` text not null primary key,
    \`at\` datetime not null,
    \`actor\` text not null,
    \`action\` text not null,
    \`subject\` text null,
    \`details\` json null,
    \`remote_address\` text null
  )`,
  `create table \`system_setting\` (
    \`key\` text not null primary key,
    \`value\` json not null,
    \`updated_at\` datetime not null,
    \`updated_by\` text null
  )`,
];
