import { Field, Float, ID, ObjectType } from 'type-graphql';

@ObjectType({ description: 'A stretch of time in which a metric was not as usual.' })
export class Anomaly {
  @Field(() => ID, { description: 'UUIDv7.' })
  id!: string;

  @Field(() => ID, { description: 'Which metric.' })
  metric!: string;

  @Field(() => Date, { description: 'When it began.' })
  at!: Date;

  @Field(() => Date, { nullable: true, description: 'When it ended; null while it lasts.' })
  until!: Date | null;

  @Field(() => Date, { description: 'When it was worst.' })
  peakAt!: Date;

  @Field(() => Float, { description: 'How unusual, 0 to 1.' })
  score!: number;

  @Field(() => Float, { description: 'What was measured at its worst.' })
  value!: number;

  @Field(() => Float, { description: 'What was usual.' })
  expected!: number;

  agentId!: string;
  targetId!: string;
  testId!: string;
}
