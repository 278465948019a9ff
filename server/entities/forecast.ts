import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import { Evidence } from './evidence.js';

@ObjectType({ description: 'What is to be expected at a moment.' })
export class ForecastPoint {
  @Field(() => Date, { description: 'When.' })
  at!: Date;

  @Field(() => Float, { description: 'The likeliest value, in the unit of the metric.' })
  value!: number;

  @Field(() => Float, { description: 'The lower end of the band that should hold it nine times in ten.' })
  low!: number;

  @Field(() => Float, { description: 'Its upper end.' })
  high!: number;
}

@ObjectType({ description: 'What is to be expected of a metric.' })
export class Forecast {
  @Field(() => ID, { description: 'Which metric.' })
  metric!: string;

  @Field(() => Int, { description: 'How far ahead, s.' })
  horizonSeconds!: number;

  @Field(() => [ForecastPoint], { description: 'Oldest first; empty where nothing can be foretold.' })
  points!: readonly ForecastPoint[];

  @Field(() => String, { description: 'The model that foretold it; `none` where there was none: then there are no points.' })
  modelVersion!: string;

  @Field(() => Float, {
    nullable: true,
    description: 'How far such forecasts were off before, in the unit of the metric; null where that was not tried.',
  })
  backtestError!: number | null;
}

@ObjectType({ description: 'How likely something is to fail.' })
export class FailureRisk {
  @Field(() => Float, { nullable: true, description: '0 to 1; null where it cannot be told.' })
  probability!: number | null;

  @Field(() => Int, { description: 'Within what time, s.' })
  horizonSeconds!: number;

  @Field(() => [Evidence], { description: 'What speaks for it.' })
  contributors!: readonly Evidence[];

  @Field(() => String, { nullable: true, description: 'The model that judged it; null where none did.' })
  modelVersion!: string | null;

  @Field(() => [String], { description: 'What would have to be there to tell it.' })
  missing!: readonly string[];
}
