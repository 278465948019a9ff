import { Entity, Enum, ManyToOne, PrimaryKey, Property, type Rel } from '@mikro-orm/core';
import { Field, ObjectType } from 'type-graphql';
import { Agent } from './agent.js';
import { Target } from './target.js';
import { Test } from './test.js';
import { AssignmentStatus } from './test-enums.js';

@ObjectType({
  description:
    'One agent measuring one target for one test. Ended when it is no longer wanted, never deleted, so that late results still belong.',
})
@Entity({ tableName: 'assignment' })
export class TestAssignment {
  /** Small, since each result names it. */
  @PrimaryKey({ type: 'integer' })
  id!: number;

  @ManyToOne(() => Test)
  test!: Rel<Test>;

  @ManyToOne(() => Agent)
  agent!: Rel<Agent>;

  @ManyToOne(() => Target)
  target!: Rel<Target>;

  /** Random, the same for ever: phase and flow identity come from it. */
  @Property({ type: 'string' })
  seed!: string;

  @Field(() => AssignmentStatus, { description: 'Where it stands.' })
  @Enum({ items: () => AssignmentStatus, type: 'string' })
  status: AssignmentStatus = AssignmentStatus.ASSIGNED;

  @Field(() => String, { nullable: true, description: 'Why it is UNSUPPORTED or FAILED.' })
  @Property({ type: 'text', nullable: true })
  reason: string | null = null;

  /** The metric set of its probes as the agent has them; null where it is UNSUPPORTED from the start. */
  @Property({ type: 'integer', nullable: true })
  metricSet: number | null = null;

  /** Results in all, and since the session began: maintained with each commit. */
  @Property({ type: 'integer' })
  results: number = 0;

  @Property({ type: 'integer' })
  sessionResults: number = 0;

  /** Row number of the result with the latest start. */
  @Property({ type: 'integer', nullable: true })
  lastResult: number | null = null;

  @Property({ type: 'datetime' })
  createdAt: Date = new Date();

  @Property({ type: 'datetime', nullable: true })
  endedAt: Date | null = null;
}
