import { Migration } from '@mikro-orm/migrations';

/** Names are compared without regard to the case of A to Z alone, whatever the database's collation: else nobody with an Ä could sign in. */
export class Migration20261128134000Usernames extends Migration {
  override up(): void {
    this.addSql('drop index "user_username_unique"');
    this.addSql(`create unique index "user_username_unique" on "user" (lower("username" collate "C")) where "deleted_at" is null`);
  }

  override down(): void {
    this.addSql('drop index "user_username_unique"');
    this.addSql('create unique index "user_username_unique" on "user" (lower("username")) where "deleted_at" is null');
  }
}
