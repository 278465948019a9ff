import { Migration } from '@mikro-orm/migrations';

/** How often something was refused again that the audit log tells of already: kept until an event tells that too. Times in ms since 1970; from `due` on any server tells it. */
export class Migration20261129005500RefusalCounts extends Migration {
  override up(): void {
    this.addSql(CREATE);
  }

  override down(): void {
    this.addSql('drop table refusal_count');
  }
}

const CREATE = `create table refusal_count (
  id text not null primary key,
  actor text not null,
  action text not null,
  subject text,
  remote_address text not null,
  since integer not null,
  due integer not null,
  further integer not null
)`;
