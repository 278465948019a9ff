import { Field, Float, ID, InputType, Int } from 'type-graphql';
import { Json, MetricMap } from '../scalars.js';
import type { ResultInput, RunInput } from '../services/results/input.js';

@InputType({ description: 'One run of one probe, as an agent sends it.' })
export class ProbeRunInput implements RunInput {
  @Field(() => String, { description: 'Which probe.' })
  probe!: string;

  @Field(() => String, { description: 'A ResultStatus, as text.' })
  status!: string;

  @Field(() => Date, { description: 'When it started.' })
  startedAt!: Date;

  @Field(() => Float, { description: 'How long it took, ms.' })
  durationMs!: number;

  @Field(() => String, { description: 'How it was measured.' })
  method!: string;

  @Field(() => String, { nullable: true, description: 'A ProbeErrorCode, as text.' })
  errorCode?: string | null;

  @Field(() => String, { nullable: true, description: 'What was tried and what would help.' })
  errorMessage?: string | null;

  @Field(() => Json, { nullable: true, description: 'An object from metric id to the reason why it was not measured.' })
  absent?: unknown;

  @Field(() => Json, { nullable: true, description: 'Addresses, ports, family, DSCP, interface.' })
  flow?: unknown;

  @Field(() => Json, { nullable: true, description: 'What is not one number; its shape is documented with the probe.' })
  details?: unknown;
}

@InputType({
  description:
    "id: a UUIDv7 whose milliseconds are those of startedAt. status, errorCode: text, so that a newer agent's word breaks no batch; unknown ones are rejected one by one.",
})
export class TestResultInput implements ResultInput {
  @Field(() => ID, { description: 'UUIDv7; the same when it is sent again.' })
  id!: string;

  @Field(() => ID, { description: 'The test of the assignment.' })
  testId!: string;

  @Field(() => ID, { description: 'The target of the assignment.' })
  targetId!: string;

  @Field(() => Int, { description: 'Revision of the test that it was measured under.' })
  revision!: number;

  @Field(() => Date, {
    nullable: true,
    description: "The assignment's sessionStartedAt: the session that it was measured for. Left out: found by startedAt.",
  })
  sessionStartedAt?: Date | null;

  @Field(() => Float, { description: 'Number of the cycle.' })
  sequence!: number;

  @Field(() => Date, { description: 'When the cycle was due.' })
  scheduledAt!: Date;

  @Field(() => Date, { description: 'When it started.' })
  startedAt!: Date;

  @Field(() => String, { description: 'A ResultStatus, as text.' })
  status!: string;

  @Field(() => MetricMap, { description: 'The numbers of all runs.' })
  metrics!: Record<string, number>;

  @Field(() => MetricMap, { nullable: true, description: 'Half-widths of their errors, where they are known.' })
  errorBounds?: Record<string, number> | null;

  @Field(() => Json, { nullable: true, description: 'An object from the id of a DISTRIBUTION to its samples, at most 64.' })
  distributions?: unknown;

  @Field(() => [ProbeRunInput], { description: 'The runs, one a probe.' })
  runs!: ProbeRunInput[];
}
