import { Migration } from '@mikro-orm/migrations';

/** Whether a revision of a test had sessions of one cycle: their gaps are other ones. Of those that were, nothing is known: they are taken to be as the test is now. */
export class Migration20261129004500OneCycle extends Migration {
  override up(): void {
    for (const statement of STATEMENTS) this.addSql(statement);
  }

  override down(): void {
    this.addSql('alter table test_interval drop column one_cycle');
  }
}

const STATEMENTS = [
  'alter table test_interval add column one_cycle integer not null default 0',
  'update test_interval set one_cycle = 1 where test_id in (select id from test where duration_seconds = 0)',
];
