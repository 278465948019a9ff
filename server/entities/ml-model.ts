import { Field, Int, ObjectType } from 'type-graphql';
import { Json } from '../scalars.js';

@ObjectType({ description: 'A model that was learnt from results.' })
export class MlModel {
  @Field(() => String, { description: 'What it is for.' })
  name!: string;

  @Field(() => String, { description: 'Which of them.' })
  version!: string;

  @Field(() => String, { description: 'How it works.' })
  algorithm!: string;

  @Field(() => Date, { nullable: true, description: 'When it was trained; null before.' })
  trainedAt!: Date | null;

  @Field(() => Int, { description: 'From how many samples.' })
  samples!: number;

  @Field(() => [String], { description: 'What it looks at.' })
  features!: readonly string[];

  @Field(() => Json, { description: 'How good it is, by the name of the measure.' })
  scores!: unknown;

  @Field(() => String, { description: 'Whether it is in use.' })
  status!: string;
}
