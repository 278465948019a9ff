import { Migration } from '@mikro-orm/migrations';

/** Whose turn periodic work is, where several servers share the database. Times are in ms since 1970, by the database's clock. */
export class Migration20261123094500Turns extends Migration {
  override up(): void {
    this.addSql(TABLE);
  }

  override down(): void {
    this.addSql('drop table periodic_turn');
  }
}

const TABLE = `create table periodic_turn (
    name text not null primary key,
    holder text null,
    held_until bigint not null,
    begun_at bigint not null,
    due_at bigint not null,
    occurrences bigint not null
  )`;
