import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';

export enum ResultStatus {
  OK = 'OK',
  PARTIAL = 'PARTIAL',
  FAILED = 'FAILED',
  SKIPPED = 'SKIPPED',
}
registerEnumType(ResultStatus, {
  name: 'ResultStatus',
  description: 'How a result or a run went.',
  valuesConfig: {
    OK: { description: 'Everything that could be measured was.' },
    PARTIAL: { description: 'Some of it failed.' },
    FAILED: { description: 'The target or the agent failed; the error says why.' },
    SKIPPED: { description: 'It was not tried.' },
  },
});

export enum ProbeErrorCode {
  TIMEOUT = 'TIMEOUT',
  REFUSED = 'REFUSED',
  UNREACHABLE = 'UNREACHABLE',
  DENIED = 'DENIED',
  DNS_FAILURE = 'DNS_FAILURE',
  TLS_FAILURE = 'TLS_FAILURE',
  PROTOCOL = 'PROTOCOL',
  ASSERTION_FAILED = 'ASSERTION_FAILED',
  PERMISSION = 'PERMISSION',
  UNSUPPORTED = 'UNSUPPORTED',
  BAD_SETTINGS = 'BAD_SETTINGS',
  CRASHED = 'CRASHED',
  CANCELLED = 'CANCELLED',
  INTERNAL = 'INTERNAL',
}
registerEnumType(ProbeErrorCode, {
  name: 'ProbeErrorCode',
  description: 'Why a run failed.',
  valuesConfig: {
    TIMEOUT: { description: 'No answer came in time.' },
    REFUSED: { description: 'The target refused.' },
    UNREACHABLE: { description: 'The network says that there is no way to it.' },
    DENIED: { description: 'The network or the target prohibits it.' },
    DNS_FAILURE: { description: 'The name could not be resolved.' },
    TLS_FAILURE: { description: 'TLS could not be set up.' },
    PROTOCOL: { description: 'The answer was not what the protocol allows.' },
    ASSERTION_FAILED: { description: 'The answer was not what the settings ask for.' },
    PERMISSION: { description: 'The agent lacks a privilege.' },
    UNSUPPORTED: { description: 'The host cannot measure this.' },
    BAD_SETTINGS: { description: 'The settings do not fit the probe.' },
    CRASHED: { description: 'The worker died.' },
    CANCELLED: { description: 'Nobody wanted the result any more.' },
    INTERNAL: { description: 'The probe itself has a fault.' },
  },
});

// Plain values by the thousand, here and below: read as they are, without what guards fields.
@ObjectType({ simpleResolvers: true, description: 'Why a run failed.' })
export class ProbeError {
  @Field(() => ProbeErrorCode, { description: 'The kind of failure.' })
  code!: ProbeErrorCode;

  @Field(() => String, { description: 'What was tried and what would help.' })
  message!: string;
}

@ObjectType({ simpleResolvers: true, description: 'A metric that a run did not measure.' })
export class AbsentMetric {
  @Field(() => ID, { description: 'Which metric.' })
  metric!: string;

  @Field(() => String, { description: 'Why.' })
  reason!: string;
}

@ObjectType({ simpleResolvers: true, description: 'One number of a result.' })
export class MetricValue {
  @Field(() => ID, { description: 'Which metric.' })
  metric!: string;

  @Field(() => Float, { description: 'The number, with 6 significant digits.' })
  value!: number;

  @Field(() => String, { description: 'Its unit, as the metric declares it.' })
  unit!: string;

  @Field(() => Float, { nullable: true, description: 'Half-width of its error, in the same unit; null where it is not known.' })
  errorBound!: number | null;
}

@ObjectType({ simpleResolvers: true, description: 'One run of one probe.' })
export class ProbeRun {
  @Field(() => String, { description: 'Which probe.' })
  probe!: string;

  @Field(() => ResultStatus, { description: 'How it went.' })
  status!: ResultStatus;

  @Field(() => Date, { description: "When it started, by the agent's clock." })
  startedAt!: Date;

  @Field(() => Float, { description: 'How long it took, ms.' })
  durationMs!: number;

  @Field(() => String, { description: 'How it was measured on that host.' })
  method!: string;

  @Field(() => ProbeError, { nullable: true, description: 'Why it failed; null where it did not.' })
  error!: ProbeError | null;

  @Field(() => [AbsentMetric], { description: 'What it did not measure, and why.' })
  absent!: readonly AbsentMetric[];

  /** Row number of its result, and its place among the runs: details are read only when they are asked for. */
  seq!: number;
  place!: number;

  /** The flow, where it is kept with the run's head instead. */
  kept?: { readonly flow: unknown };
}

@ObjectType({ description: 'A result that was not stored.' })
export class RejectedResult {
  @Field(() => ID, { description: 'Which result.' })
  id!: string;

  @Field(() => String, {
    description:
      'BAD_USER_INPUT, FORBIDDEN, CONFLICT, OUT_OF_TIME (all final: the agent drops and counts it), UNAVAILABLE (retry is true).',
  })
  code!: string;

  @Field(() => String, { description: 'What is wrong with it.' })
  message!: string;

  @Field(() => Boolean, { description: 'Whether it is worth sending again.' })
  retry!: boolean;
}

@ObjectType({ description: 'What became of the results of a batch.' })
export class SubmitReply {
  @Field(() => [ID], { description: 'Committed: safe to forget. Also those that had been stored before.' })
  accepted!: string[];

  @Field(() => [RejectedResult], { description: 'Not stored, each with its reason.' })
  rejected!: RejectedResult[];
}

@ObjectType({
  simpleResolvers: true,
  description: 'One cycle of one test from one agent to one target: every probe of the test, side by side.',
})
export class TestResult {
  @Field(() => ID, { description: 'UUIDv7 made by the agent; its milliseconds are those of startedAt.' })
  id!: string;

  @Field(() => Float, { description: 'Number of the cycle: grows by one each interval, measured or not.' })
  sequence!: number;

  @Field(() => Int, { description: 'Revision of the test that it was measured under.' })
  revision!: number;

  @Field(() => Date, { description: 'When the cycle was due.' })
  scheduledAt!: Date;

  @Field(() => Date, { description: "When it started, by the agent's clock." })
  startedAt!: Date;

  @Field(() => Date, { description: 'When the server took it in, right before it was committed.' })
  receivedAt!: Date;

  @Field(() => ResultStatus, { description: 'How it went.' })
  status!: ResultStatus;
}
