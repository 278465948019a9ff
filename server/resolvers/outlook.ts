import { Args, ArgsType, Ctx, Field, ID, Int, Mutation, Query, Resolver } from 'type-graphql';
import { Allow } from '../authorize.js';
import type { Context } from '../context.js';
import { FailureRisk, Forecast } from '../entities/forecast.js';
import { MlModel } from '../entities/ml-model.js';

const A_DAY = 86_400;

@ArgsType()
class SubjectArgs {
  @Field(() => ID, { description: 'Of which test.' })
  testId!: string;

  @Field(() => ID, { description: 'Of which agent.' })
  agentId!: string;

  @Field(() => ID, { description: 'To which target.' })
  targetId!: string;
}

@ArgsType()
class ForecastArgs extends SubjectArgs {
  @Field(() => ID, { description: 'Of which metric.' })
  metric!: string;

  @Field(() => Int, { description: 'How far ahead, s.' })
  horizonSeconds!: number;
}

@ArgsType()
class FailureRiskArgs extends SubjectArgs {
  @Field(() => Int, { nullable: true, defaultValue: A_DAY, description: 'Within what time, s.' })
  horizonSeconds?: number | null;
}

@Resolver()
export class OutlookResolver {
  @Allow('VIEWER')
  @Query(() => Forecast, {
    description: 'What is to be expected of a metric. There is no model yet: no points, and modelVersion is `none`.',
  })
  forecast(@Args(() => ForecastArgs) args: ForecastArgs, @Ctx() { em, services }: Context): Promise<Forecast> {
    return services.outlook.forecast(em, args);
  }

  @Allow('VIEWER')
  @Query(() => FailureRisk, {
    description: 'How likely it is that the target fails. There is no model yet: probability is null, and `missing` says why.',
  })
  failureRisk(@Args(() => FailureRiskArgs) args: FailureRiskArgs, @Ctx() { em, services }: Context): Promise<FailureRisk> {
    return services.outlook.failureRisk(em, { ...args, horizonSeconds: args.horizonSeconds ?? A_DAY });
  }

  @Allow('VIEWER')
  @Query(() => [MlModel], { description: 'The models that were learnt. This version learns none: the list is empty.' })
  mlModels(): MlModel[] {
    return [];
  }

  @Allow('OPERATOR')
  @Mutation(() => [MlModel], { description: 'Trains the models anew, and returns them. This version has none: the list is empty.' })
  trainModels(): MlModel[] {
    return [];
  }

  @Allow('ADMIN')
  @Mutation(() => Boolean, { description: 'Forgets what the models learnt. False where there was nothing to forget, as in this version.' })
  resetModels(): boolean {
    return false;
  }
}
