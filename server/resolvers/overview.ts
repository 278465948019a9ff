import { Ctx, Field, FieldResolver, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { Allow } from '../authorize.js';
import type { Context } from '../context.js';
import { Health } from '../entities/health.js';

@ObjectType({ description: 'What there is, in numbers.' })
export class Overview {
  @Field(() => Int, { description: 'Agents that were not deleted.' })
  agents!: number;

  @Field(() => Int, { description: 'Agents that are ONLINE.' })
  agentsOnline!: number;

  @Field(() => Int, { description: 'Tests.' })
  tests!: number;

  @Field(() => Int, { description: 'Tests with an open session.' })
  testsRunning!: number;

  @Field(() => Int, { description: 'Results committed within the last hour, to the minute.' })
  resultsLastHour!: number;
}

@Resolver(() => Overview)
export class OverviewResolver {
  @Allow('VIEWER')
  @Query(() => Overview, { description: 'What there is, in numbers.' })
  overview(@Ctx() { services }: Context): Promise<Overview> {
    return services.overview.numbers();
  }

  @FieldResolver(() => Int, {
    description:
      'Anomalies recorded within the last day. Nothing looks for them yet, so none is ever recorded: `health` is null for the same reason.',
  })
  anomaliesLastDay(): number {
    // The contract wants a count, and the count of what was recorded is known: there is nowhere to record any.
    return 0;
  }

  @FieldResolver(() => Health, { nullable: true, description: 'How well objectives are met; null where nothing judged it.' })
  health(): Health | null {
    return null;
  }
}
