import { Migration } from '@mikro-orm/migrations';

/** What is remembered of agents is found by its age, so that it can be removed. */
export class Migration20261128132001EventAge extends Migration {
  override up(): void {
    this.addSql('create index agent_event_age on agent_event (at)');
  }

  override down(): void {
    this.addSql('drop index agent_event_age');
  }
}
