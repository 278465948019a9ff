import { Length, Matches, MaxLength } from 'class-validator';
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { MetricKind } from '../entities/enums.js';

/** What a metric is, alike where an agent declares it and where the catalogue tells it; it is checked where it comes in. */
@ObjectType()
@InputType()
export abstract class MetricFields {
  @Matches(/^[a-z][a-z0-9_-]*(\.[A-Za-z0-9_-]+)+$/, { message: 'a metric id is dotted lower case words, like "ping.rtt.avg"' })
  @MaxLength(200)
  @Field(() => ID, { description: 'Dotted, without the unit: ping.rtt.avg.' })
  id!: string;

  @Length(1, 20)
  @Field(() => String, { description: 'UCUM code; 1 for counts, codes and ratios; bool.' })
  unit!: string;

  @Length(1, 200)
  @Field(() => String, { description: 'A short name for people.' })
  title!: string;

  @MaxLength(5000)
  @Field(() => String, { description: 'What the number is, and when it is absent.' })
  description!: string;

  @Field(() => MetricKind, { description: 'How it behaves when it is summed up over time.' })
  kind!: MetricKind;

  @Field(() => Boolean, { nullable: true, description: 'Which direction is better; null where neither is.' })
  lowerIsBetter?: boolean | null;

  @Field(() => ID, { nullable: true, description: 'Of a RATIO: what is divided.' })
  numerator?: string | null;

  @Field(() => ID, { nullable: true, description: 'Of a RATIO: what it is divided by.' })
  denominator?: string | null;

  @Field(() => Int, { nullable: true, description: 'Samples in a run below which it is absent.' })
  minSamples?: number | null;

  @Field(() => String, { nullable: true, description: 'The document that defines it.' })
  standard?: string | null;
}
