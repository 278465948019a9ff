import { Field, ObjectType } from 'type-graphql';
import { Anomaly } from './anomaly.js';
import { Verdict } from './diagnosis-enums.js';
import { Exclusion, Finding } from './finding.js';
import { Health } from './health.js';

@ObjectType({ description: 'What can be told of a test over a stretch of time: what is wrong, what is not, and what cannot be told.' })
export class Diagnosis {
  @Field(() => Date, { description: 'From when on it was looked at.' })
  from!: Date;

  @Field(() => Date, { description: 'Until when.' })
  to!: Date;

  @Field(() => Verdict, { description: 'What it comes to.' })
  verdict!: Verdict;

  @Field(() => Health, { description: 'How well objectives were met; UNKNOWN where nothing judged it.' })
  health!: Health;

  @Field(() => String, { description: 'In a sentence or two, for people.' })
  summary!: string;

  @Field(() => [Finding], { description: 'What is wrong, the worst first.' })
  findings!: readonly Finding[];

  @Field(() => [Exclusion], { description: 'What was looked for and is not so.' })
  excluded!: readonly Exclusion[];

  @Field(() => [String], { description: 'What would have to be there to tell more; never empty with INSUFFICIENT_DATA.' })
  missing!: readonly string[];

  @Field(() => [Anomaly], { description: 'What was not as usual in that time.' })
  anomalies!: readonly Anomaly[];

  testId!: string;
  /** Null: all of its agents. */
  agentId!: string | null;
}
