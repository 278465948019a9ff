import { Field, Float, ID, Int, ObjectType } from 'type-graphql';

@ObjectType({ description: 'A number that speaks for something, beside what was to be expected.' })
export class Evidence {
  @Field(() => ID, { description: 'Which metric.' })
  metric!: string;

  @Field(() => Float, { description: 'What was measured.' })
  value!: number;

  @Field(() => Float, { nullable: true, description: 'What was to be expected; null where nothing says.' })
  expected!: number | null;

  @Field(() => Float, { nullable: true, description: 'The least that would be usual.' })
  low!: number | null;

  @Field(() => Float, { nullable: true, description: 'The most that would be usual.' })
  high!: number | null;

  @Field(() => String, { description: 'The unit of all of these.' })
  unit!: string;

  @Field(() => Int, { nullable: true, description: 'From how many samples the value comes; null where it is not known.' })
  sampleCount!: number | null;

  @Field(() => [ID], { description: 'Results that show it.' })
  resultIds!: readonly string[];

  @Field(() => String, { nullable: true, description: 'What to make of it.' })
  note!: string | null;
}
