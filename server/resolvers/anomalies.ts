import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, ID, Query, Resolver, Root, Subscription } from 'type-graphql';
import { Allow } from '../authorize.js';
import type { Context } from '../context.js';
import { Agent } from '../entities/agent.js';
import { Anomaly } from '../entities/anomaly.js';
import { Target } from '../entities/target.js';
import { Test } from '../entities/test.js';
import { notFound } from '../errors.js';
import type { Topics } from '../pubsub.js';
import { requireRange, requireScope } from '../services/scope.js';
import { connectionType, makePage, PageArgs, pageRequest } from './connection.js';
import { listen } from './listen.js';
import { loadersOf } from './loaders.js';

const AnomalyConnection = connectionType('Anomaly', Anomaly);

@ArgsType()
class AnomaliesArgs extends PageArgs {
  @Field(() => ID, { nullable: true, description: 'Only of this test.' })
  testId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Only of this agent.' })
  agentId?: string | null;

  @Field(() => Date, { nullable: true, description: 'Only what began then or later.' })
  from?: Date | null;

  @Field(() => Date, { nullable: true, description: 'Only what began before.' })
  to?: Date | null;
}

@Resolver(() => Anomaly)
export class AnomalyResolver {
  @Allow('VIEWER')
  @Query(() => AnomalyConnection, { description: 'What was not as usual, newest first. Nothing looks for anomalies yet: there are none.' })
  async anomalies(@Args(() => AnomaliesArgs) args: AnomaliesArgs, @Ctx() { em }: Context): Promise<InstanceType<typeof AnomalyConnection>> {
    const request = pageRequest(args);
    requireRange(args.from, args.to);
    await requireScope(em, args);
    const none: readonly Anomaly[] = [];
    return new AnomalyConnection(
      makePage(
        none,
        request,
        ({ id }) => id,
        () => Promise.resolve(0),
      ),
    );
  }

  @Allow('VIEWER')
  @Subscription(() => Anomaly, {
    description: 'Something is not as usual. Nothing looks for anomalies yet: it stays silent.',
    subscribe: ({ context, args }) => listen(context, 'anomalyDetected', ({ testId }) => !args.testId || args.testId === testId),
  })
  anomalyDetected(
    @Root() _event: Topics['anomalyDetected'],
    @Arg('testId', () => ID, { nullable: true, description: 'Only of this test.' }) _testId?: string | null,
  ): Anomaly {
    // None is kept yet, so none can be shown.
    throw notFound('anomaly');
  }

  @FieldResolver(() => Test, { description: 'The test whose results show it.' })
  test(@Root() { testId }: Anomaly, @Ctx() context: Context): Promise<Test> {
    return loadersOf(context).test.load(testId);
  }

  @FieldResolver(() => Agent, { description: 'Who measured.' })
  agent(@Root() { agentId }: Anomaly, @Ctx() context: Context): Promise<Agent> {
    return loadersOf(context).agent.load(agentId);
  }

  @FieldResolver(() => Target, { description: 'What was measured.' })
  target(@Root() { targetId }: Anomaly, @Ctx() context: Context): Promise<Target> {
    return loadersOf(context).target.load(targetId);
  }
}
