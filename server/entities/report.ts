import { Entity, Enum, ManyToOne, PrimaryKey, Property, type Rel } from '@mikro-orm/core';
import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import { uuidv7 } from 'uuidv7';
import { ReportStatus } from './report-status.js';
import { User } from './user.js';

/** What a report is to be about; times as RFC 3339 text. */
export interface ReportOrder {
  readonly testIds: readonly string[];
  /** Null: all agents of the tests. */
  readonly agentIds: readonly string[] | null;
  readonly from: string;
  readonly to: string;
  /** Null: all that there are. */
  readonly sections: readonly string[] | null;
}

@ObjectType({ description: 'A report for print (PDF).' })
@Entity({ tableName: 'report' })
export class Report {
  @Field(() => ID, { description: 'UUIDv7.' })
  @PrimaryKey({ type: 'string' })
  id: string = uuidv7();

  @Field(() => String, { description: 'What stands on its first page.' })
  @Property({ type: 'text' })
  title!: string;

  /** Not in a column of its own name: that is a word of SQL. */
  @Property({ type: 'json', fieldName: 'ordered' })
  order!: ReportOrder;

  @Field(() => ReportStatus, { description: 'Where it stands.' })
  @Enum({ items: () => ReportStatus, type: 'string' })
  status!: ReportStatus;

  @Field(() => Float, { description: 'How much of it is made, 0 to 100.' })
  @Property({ type: 'double' })
  progress: number = 0;

  @ManyToOne(() => User, { nullable: true })
  createdBy: Rel<User> | null = null;

  @Field(() => Date, { description: 'When it was asked for.' })
  @Property({ type: 'datetime' })
  createdAt: Date = new Date();

  @Field(() => Int, { nullable: true, description: 'Its size, bytes; null until it is READY.' })
  @Property({ type: 'integer', nullable: true })
  sizeBytes: number | null = null;

  @Field(() => Int, { nullable: true, description: 'How many pages it has; null until it is READY.' })
  @Property({ type: 'integer', nullable: true })
  pages: number | null = null;

  @Field(() => String, { nullable: true, description: 'Where to fetch it; null until it is READY.' })
  @Property({ type: 'text', nullable: true })
  url: string | null = null;

  @Field(() => String, { nullable: true, description: 'Why it FAILED.' })
  @Property({ type: 'text', nullable: true })
  error: string | null = null;
}
