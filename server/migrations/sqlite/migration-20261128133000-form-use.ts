import { Migration } from '@mikro-orm/migrations';

/** When a run form was last noted to be in use, ms since 1970: those that no result names any more can go. Of those that are there it is not known: now. */
export class Migration20261128133000FormUse extends Migration {
  override up(): void {
    this.addSql('alter table run_form add column used integer not null default 0');
    this.addSql('update run_form set used = unixepoch() * 1000');
  }

  override down(): void {
    this.addSql('alter table run_form drop column used');
  }
}
