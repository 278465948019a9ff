import { Field, Float, ID, InputType, Int } from 'type-graphql';
import { Recurrence, Topology } from '../entities/test-enums.js';
import { Json } from '../scalars.js';
import type { ProbeSpec, TestSpec } from '../services/tests/input.js';

@InputType({ description: 'A probe with its settings.' })
export class ProbeSettingInput implements ProbeSpec {
  @Field(() => String, { description: "The probe's name." })
  probe!: string;

  @Field(() => Json, {
    nullable: true,
    description: "Settings that the probe's JSON Schema allows; a secret that is left out (or null) is kept.",
  })
  settings?: unknown;
}

@InputType({ description: 'When a test measures.' })
export class ScheduleInput {
  @Field(() => Float, { description: 'From the start of a cycle to that of the next, s.' })
  intervalSeconds!: number;

  @Field(() => Int, { nullable: true, description: 'Length of a session, s; null: until stopped; 0: one cycle at once.' })
  durationSeconds?: number | null;

  @Field(() => Date, { nullable: true, description: 'When the first session opens; left out: at once, or by cron.' })
  startsAt?: Date | null;

  @Field(() => String, { nullable: true, description: 'When sessions open again and again, in cron notation (5 or 6 fields).' })
  cron?: string | null;

  @Field(() => String, { nullable: true, defaultValue: 'UTC', description: 'The IANA time zone that cron is meant in.' })
  timezone?: string | null;

  @Field(() => Recurrence, { nullable: true, defaultValue: Recurrence.ONCE, description: 'What each time of cron does.' })
  recurrence?: Recurrence | null;
}

@InputType({ description: 'A test as a person defines it.' })
export class TestInput {
  @Field(() => String, { description: 'What people call it.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'What it is for.' })
  description?: string | null;

  @Field(() => [String], { description: 'Each `host`, `host:port`, `[v6]:port`, a URL, or `agent:ID`.' })
  targets!: string[];

  @Field(() => Topology, { nullable: true, defaultValue: Topology.EACH_TO_TARGETS, description: 'Who measures to whom.' })
  topology?: Topology | null;

  @Field(() => [ProbeSettingInput], { description: 'What is measured.' })
  probes!: ProbeSettingInput[];

  @Field(() => [ID], { description: 'The agents that measure; none makes a DRAFT.' })
  agentIds!: string[];

  @Field(() => ScheduleInput, { description: 'When it is measured.' })
  schedule!: ScheduleInput;
}

/** The test that is meant: an explicit null means the default, as leaving it out does. */
export function specOf(input: TestInput): TestSpec {
  const { timezone, recurrence } = input.schedule;
  const schedule = { ...input.schedule, timezone: timezone ?? 'UTC', recurrence: recurrence ?? Recurrence.ONCE };
  return { ...input, topology: input.topology ?? Topology.EACH_TO_TARGETS, schedule };
}
