import { Entity, Enum, ManyToOne, PrimaryKey, Property, type Rel } from '@mikro-orm/core';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { uuidv7 } from 'uuidv7';
import { Recurrence, TestStatus, Topology } from './test-enums.js';
import { User } from './user.js';

/** A probe of a test as it is stored: `writeOnly` settings stand encrypted in `secrets`, by their place in the settings, like `auth/password`. */
export interface StoredProbe {
  readonly probe: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
}

@ObjectType({ description: 'What is measured, from where, to where, and when.' })
@Entity({ tableName: 'test' })
export class Test {
  @Field(() => ID, { description: 'UUIDv7.' })
  @PrimaryKey({ type: 'string' })
  id: string = uuidv7();

  @Field(() => String, { description: 'What people call it.' })
  @Property({ type: 'string' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'What it is for.' })
  @Property({ type: 'text', nullable: true })
  description: string | null = null;

  @Field(() => Int, { description: 'Counts the changes of the definition, from 1.' })
  @Property({ type: 'integer' })
  revision: number = 1;

  @Field(() => Topology, { description: 'Who measures to whom.' })
  @Enum({ items: () => Topology, type: 'string' })
  topology: Topology = Topology.EACH_TO_TARGETS;

  /** Ids of its targets, in the order in which they were written. */
  @Property({ type: 'json' })
  targetIds: string[] = [];

  @Property({ type: 'json' })
  agentIds: string[] = [];

  @Property({ type: 'json' })
  probes: StoredProbe[] = [];

  @Property({ type: 'double' })
  intervalSeconds!: number;

  @Property({ type: 'integer', nullable: true })
  durationSeconds: number | null = null;

  @Property({ type: 'datetime', nullable: true })
  startsAt: Date | null = null;

  @Property({ type: 'string', nullable: true })
  cron: string | null = null;

  @Property({ type: 'string' })
  timezone: string = 'UTC';

  @Enum({ items: () => Recurrence, type: 'string' })
  recurrence: Recurrence = Recurrence.ONCE;

  @Field(() => TestStatus, { description: 'Where it stands.' })
  @Enum({ items: () => TestStatus, type: 'string' })
  status!: TestStatus;

  /** When the next session opens; null when none is planned. */
  @Property({ type: 'datetime', nullable: true })
  nextRunAt: Date | null = null;

  /** When the session that is open, or was last, began. */
  @Property({ type: 'datetime', nullable: true })
  sessionStartedAt: Date | null = null;

  /** A result that names no session counts in this one when it started from then on: the agent's clock may be behind ours. */
  @Property({ type: 'datetime', nullable: true })
  sessionCountsFrom: Date | null = null;

  /** When the open session ends; null: when it is stopped. */
  @Property({ type: 'datetime', nullable: true })
  sessionEndsAt: Date | null = null;

  @Property({ type: 'datetime', nullable: true })
  pausedAt: Date | null = null;

  @ManyToOne(() => Test, { nullable: true })
  parent: Rel<Test> | null = null;

  @ManyToOne(() => User, { nullable: true })
  createdBy: Rel<User> | null = null;

  @Field(() => Date, { description: 'When it was made.' })
  @Property({ type: 'datetime' })
  createdAt: Date = new Date();

  @Field(() => Date, { nullable: true, description: 'When its first session began.' })
  @Property({ type: 'datetime', nullable: true })
  startedAt: Date | null = null;

  @Field(() => Date, { nullable: true, description: 'When its last session ended; null while it runs or waits.' })
  @Property({ type: 'datetime', nullable: true })
  completedAt: Date | null = null;

  /** Gone from sight; its rows go in the background. */
  @Property({ type: 'datetime', nullable: true })
  deletedAt: Date | null = null;
}
