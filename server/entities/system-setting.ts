import { Entity, PrimaryKey, Property } from '@mikro-orm/core';

/** A value that a person set, or that the server keeps for itself (its key then begins with "internal."). */
@Entity({ tableName: 'system_setting' })
export class SystemSetting {
  @PrimaryKey({ type: 'string' })
  key!: string;

  @Property({ type: 'json' })
  value!: unknown;

  @Property({ type: 'datetime' })
  updatedAt: Date = new Date();

  @Property({ type: 'string', nullable: true })
  updatedBy: string | null = null;
}
