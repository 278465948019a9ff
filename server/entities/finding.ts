import { Field, Float, ID, ObjectType } from 'type-graphql';
import { Evidence } from './evidence.js';
import { Direction, FaultKind, Segment } from './fault-enums.js';

@ObjectType({ description: 'An agent and a target.' })
export class Pair {
  agentId!: string;
  targetId!: string;
}

@ObjectType({ description: 'What was looked for and is not so.' })
export class Exclusion {
  @Field(() => FaultKind, { nullable: true, description: 'Which kind of fault; null: any.' })
  kind!: FaultKind | null;

  @Field(() => Segment, { nullable: true, description: 'Where; null: anywhere.' })
  segment!: Segment | null;

  @Field(() => String, { description: 'Why it is not so.' })
  reason!: string;

  @Field(() => [Evidence], { description: 'What shows it.' })
  evidence!: readonly Evidence[];
}

@ObjectType({ description: 'What it could be instead.' })
export class Alternative {
  @Field(() => FaultKind, { description: 'Which kind of fault.' })
  kind!: FaultKind;

  @Field(() => Segment, { nullable: true, description: 'Where; null where that cannot be told.' })
  segment!: Segment | null;

  @Field(() => Float, { description: 'How likely, 0 to 1.' })
  confidence!: number;

  @Field(() => String, { nullable: true, description: 'What to measure to tell the two apart.' })
  distinguishingTest!: string | null;
}

@ObjectType({ description: 'Something that is wrong, and why that is known.' })
export class Finding {
  @Field(() => ID, { description: 'UUIDv7.' })
  id!: string;

  @Field(() => FaultKind, { description: 'What kind of fault it is.' })
  kind!: FaultKind;

  @Field(() => String, { description: 'In a few words.' })
  title!: string;

  @Field(() => String, { description: 'In a few sentences, for people.' })
  explanation!: string;

  @Field(() => Float, { description: 'How likely it is so, 0 to 1.' })
  confidence!: number;

  @Field(() => Segment, { nullable: true, description: 'Where on the way; null where that cannot be told.' })
  segment!: Segment | null;

  @Field(() => Direction, { nullable: true, description: 'Which way it acts; null where that cannot be told.' })
  direction!: Direction | null;

  @Field(() => String, { nullable: true, description: 'The last node before it; null where that is not known.' })
  fromNode!: string | null;

  @Field(() => String, { nullable: true, description: 'The first node behind it; null where that is not known.' })
  toNode!: string | null;

  @Field(() => Date, { nullable: true, description: 'When it began; null where it was there from the start.' })
  since!: Date | null;

  @Field(() => Date, { nullable: true, description: 'When it ended; null while it lasts.' })
  ended!: Date | null;

  @Field(() => [Evidence], { description: 'What shows it.' })
  evidence!: readonly Evidence[];

  @Field(() => [Alternative], { description: 'What it could be instead, the likeliest first.' })
  alternatives!: readonly Alternative[];

  @Field(() => [Pair], { description: 'Who suffers.' })
  affected!: readonly Pair[];

  @Field(() => [Pair], { description: 'Who does not: the contrast that narrows it down.' })
  unaffected!: readonly Pair[];

  @Field(() => String, { description: 'What to do.' })
  recommendation!: string;
}
