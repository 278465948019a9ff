import { Migration } from '@mikro-orm/migrations';

/** From which moment on results count in the session that is open or was last: one before it may have ended less than 10 s earlier. */
export class Migration20261128131000SessionResults extends Migration {
  override up(): void {
    this.addSql('alter table test add column session_counts_from timestamptz null');
    this.addSql("update test set session_counts_from = session_started_at - interval '10 seconds' where session_started_at is not null");
  }

  override down(): void {
    this.addSql('alter table test drop column session_counts_from');
  }
}
