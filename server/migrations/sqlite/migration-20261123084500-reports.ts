import { Migration } from '@mikro-orm/migrations';

/** Orders for reports. */
export class Migration20261123084500Reports extends Migration {
  override up(): void {
    this.addSql(TABLE);
  }

  override down(): void {
    this.addSql('drop table `report`');
  }
}

const TABLE = `create table \`report\` (
    \`id\` text not null primary key,
    \`title\` text not null,
    \`ordered\` json not null,
    \`status\` text not null,
    \`progress\` real not null,
    \`created_by_id\` text null references \`user\` (\`id\`),
    \`created_at\` datetime not null,
    \`size_bytes\` integer null,
    \`pages\` integer null,
    \`url\` text null,
    \`error\` text null
  )`;
