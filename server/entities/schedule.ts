import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import { Json } from '../scalars.js';
import { Recurrence } from './test-enums.js';

@ObjectType({
  description:
    'startsAt or cron (in timezone) opens a session of durationSeconds (null = until stopped; 0 = one cycle at once); inside it a cycle starts every intervalSeconds. ONCE takes no cron. The server opens sessions.',
})
export class Schedule {
  @Field(() => Float, { description: 'From the start of a cycle to that of the next, s.' })
  intervalSeconds!: number;

  @Field(() => Int, { nullable: true, description: 'Length of a session, s; null: until stopped; 0: one cycle at once.' })
  durationSeconds!: number | null;

  @Field(() => Date, { nullable: true, description: 'When the first session opens; null: at once, or by cron.' })
  startsAt!: Date | null;

  @Field(() => String, { nullable: true, description: 'When sessions open again and again, in cron notation (5 or 6 fields).' })
  cron!: string | null;

  @Field(() => String, { description: 'The IANA time zone that cron is meant in.' })
  timezone!: string;

  @Field(() => Recurrence, { description: 'What each time of cron does.' })
  recurrence!: Recurrence;

  @Field(() => Date, { nullable: true, description: 'When the next session opens; null when none is planned.' })
  nextRunAt!: Date | null;
}

@ObjectType({ description: 'A probe of a test, with its settings.' })
export class ProbeSetting {
  @Field(() => String, { description: "The probe's name." })
  probe!: string;

  @Field(() => Json, { description: 'Its settings; secret ones are null, but for the agent that needs them.' })
  settings!: Record<string, unknown>;
}

@ObjectType({ description: 'How far the session is that is open or was last.' })
export class TestProgress {
  @Field(() => Float, { description: '0 to 100, by the clock; 0 while a session without an end is open.' })
  percent!: number;

  @Field(() => Int, { nullable: true, description: 'Results that the whole session should bring; null where it has no end.' })
  expectedResults!: number | null;

  @Field(() => Int, { description: 'Results that it has brought.' })
  receivedResults!: number;

  @Field(() => Date, { nullable: true, description: 'When the open session ends; null: when it is stopped, or its one cycle is in.' })
  endsAt!: Date | null;
}

@ObjectType({ description: 'What an agent is to do for one test and target.' })
export class AgentAssignment {
  @Field(() => ID, { description: 'The test.' })
  testId!: string;

  @Field(() => Int, { description: "The test's revision: goes with each result." })
  revision!: number;

  @Field(() => Date, {
    nullable: true,
    description: 'When the open session began. It names the session: another one is other work, and it goes with each result.',
  })
  sessionStartedAt!: Date | null;

  @Field(() => Date, {
    nullable: true,
    description: "No cycle starts from then on, by the server's clock, also while there is no connection; null: until told otherwise.",
  })
  endsAt!: Date | null;

  @Field(() => String, { description: 'Phase and flow identity come from it: the same across restarts.' })
  seed!: string;
}
