import {
  Args,
  ArgsType,
  Ctx,
  Field,
  FieldResolver,
  Float,
  ID,
  Int,
  ObjectType,
  Query,
  registerEnumType,
  Resolver,
  Root,
} from 'type-graphql';
import { Allow } from '../authorize.js';
import type { Context } from '../context.js';
import { Agent } from '../entities/agent.js';
import { Target } from '../entities/target.js';
import { Test } from '../entities/test.js';
import { GapCause } from '../services/series/gaps.js';
import type { FoundSeries, SeriesQuery } from '../services/series/series.js';
import { isGivenUp } from '../limits/deadline.js';
import { MetricDescription } from './catalogue.js';
import { loadersOf } from './loaders.js';

registerEnumType(GapCause, {
  name: 'GapCause',
  description: 'Why results are missing.',
  valuesConfig: {
    AGENT_DISABLED: { description: 'A person had disabled the agent.' },
    AGENT_OFFLINE: { description: 'The server did not hear of the agent.' },
    AGENT_BUSY: { description: 'The cycle before was still under way.' },
    OUTBOX_OVERFLOW: { description: 'The agent had to give results up.' },
    TEST_PAUSED: { description: 'The test was not to run.' },
    CLOCK_STEP: { description: "The agent's clock was set." },
    PROBE_CRASHED: { description: 'The worker died.' },
    UNKNOWN: { description: 'Nothing tells.' },
  },
});

const POINT = "null where the metric's kind has none";

// Plain numbers by the thousand: read as they are, without what guards fields.
@ObjectType({
  simpleResolvers: true,
  description:
    "A bucket of a series: what a chart draws; at is its start. Statistics that the metric's kind does not have are null (CODE and BOOL have no mean; RATIO is sum / sum in avg).",
})
export class SeriesPoint {
  @Field(() => Date, { description: 'Start of the bucket.' })
  at!: Date;

  @Field(() => Int, { description: "How many numbers it sums up: results, or a DISTRIBUTION's samples." })
  count!: number;

  @Field(() => Float, { nullable: true, description: 'The smallest.' })
  min!: number | null;

  @Field(() => Float, { nullable: true, description: `The mean; ${POINT}.` })
  avg!: number | null;

  @Field(() => Float, { nullable: true, description: 'The largest.' })
  max!: number | null;

  @Field(() => Float, { nullable: true, description: `5th percentile, nearest rank; ${POINT}.` })
  p5!: number | null;

  @Field(() => Float, { nullable: true, description: `25th percentile; ${POINT}.` })
  p25!: number | null;

  @Field(() => Float, { nullable: true, description: `Median; ${POINT}.` })
  p50!: number | null;

  @Field(() => Float, { nullable: true, description: `75th percentile; ${POINT}.` })
  p75!: number | null;

  @Field(() => Float, { nullable: true, description: `95th percentile; ${POINT}.` })
  p95!: number | null;

  @Field(() => Float, { nullable: true, description: `99th percentile; ${POINT}.` })
  p99!: number | null;
}

@ObjectType({ description: 'Results that should be there and are not.' })
export class Gap {
  @Field(() => Date, { description: 'Start of the last result before, or of the time in which this cause holds.' })
  from!: Date;

  @Field(() => Date, { description: 'Start of the next result, or the end of the time in which this cause holds.' })
  to!: Date;

  @Field(() => GapCause, { description: 'Why.' })
  cause!: GapCause;

  @Field(() => Int, { description: 'How many are missing; 0 where none was due.' })
  missingResults!: number;
}

@ObjectType({ description: 'One metric of one agent and target over time.' })
export class Series {
  @Field(() => MetricDescription, { description: 'What the numbers are.' })
  metric!: MetricDescription;

  @Field(() => Float, { description: 'Width of a bucket, s.' })
  resolutionSeconds!: number;

  @Field(() => [SeriesPoint], { description: 'The buckets that hold something, oldest first.' })
  points!: SeriesPoint[];
}

/** Buckets a series where a query does not say. */
const USUAL_POINTS = 500;

@ArgsType()
class SeriesArgs {
  @Field(() => ID, { description: 'Of which test.' })
  testId!: string;

  @Field(() => [ID], { description: 'Which metrics.' })
  metrics!: string[];

  @Field(() => [ID], { nullable: true, description: 'Of which agents; left out: all of them.' })
  agentIds?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'To which targets; left out: all of them.' })
  targetIds?: string[] | null;

  @Field(() => Date, { description: 'Results that started then or later.' })
  from!: Date;

  @Field(() => Date, { description: 'Results that started before.' })
  to!: Date;

  @Field(() => Int, { nullable: true, defaultValue: USUAL_POINTS, description: 'How many buckets a series may have.' })
  maxPoints?: number | null;
}

@Resolver(() => Series)
export class SeriesResolver {
  @Allow('VIEWER')
  @Query(() => [Series], {
    description:
      'At most maxPoints buckets a series, however long the range: the server chooses the resolution, a coarser one where very many series are asked for. Of more series than the setting limits.series allows, QUERY_TOO_COMPLEX: name agentIds or targetIds then.',
  })
  async series(@Args(() => SeriesArgs) { testId, maxPoints, ...range }: SeriesArgs, @Ctx() context: Context): Promise<Series[]> {
    const { em, services } = context;
    const test = await services.tests.get(em, testId);
    const query: SeriesQuery = { ...range, maxPoints: maxPoints ?? USUAL_POINTS };
    const found: readonly FoundSeries[] = await services.series.series(test, query, {
      most: services.settings.get('limits.series'),
      isOver: () => isGivenUp(context),
    });
    return found as unknown as Series[];
  }

  @FieldResolver(() => Agent, { description: 'Who measured.' })
  agent(@Root() { agentId }: FoundSeries, @Ctx() context: Context): Promise<Agent> {
    return loadersOf(context).agent.load(agentId);
  }

  @FieldResolver(() => Target, { description: 'What was measured.' })
  target(@Root() { targetId }: FoundSeries, @Ctx() context: Context): Promise<Target> {
    return loadersOf(context).target.load(targetId);
  }

  @FieldResolver(() => Test, { description: 'The test.' })
  test(@Root() { testId }: FoundSeries, @Ctx() context: Context): Promise<Test> {
    return loadersOf(context).test.load(testId);
  }

  @FieldResolver(() => [Gap], { description: 'Where results are missing, and why.' })
  async gaps(@Root() { gaps }: FoundSeries): Promise<Gap[]> {
    return (await gaps()).map((gap) => ({ ...gap, from: new Date(gap.from), to: new Date(gap.to) }));
  }
}
