import { Migration } from '@mikro-orm/migrations';

/** For PostgreSQL, whose lower() depends on the collation; SQLite's changes A to Z alone, so that its index stays as it is. */
export class Migration20261128134000Usernames extends Migration {
  override up(): void {}

  override down(): void {
    // Nothing was changed.
  }
}
