import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Allow } from '../authorize.js';
import type { Context } from '../context.js';
import { Agent } from '../entities/agent.js';
import { Feedback } from '../entities/diagnosis-enums.js';
import { Diagnosis } from '../entities/diagnosis.js';
import { FaultKind } from '../entities/fault-enums.js';
import { Finding, Pair } from '../entities/finding.js';
import { Target } from '../entities/target.js';
import { Test } from '../entities/test.js';
import { loadersOf } from './loaders.js';

@ArgsType()
class DiagnosisArgs {
  @Field(() => ID, { description: 'Of which test.' })
  testId!: string;

  @Field(() => ID, { nullable: true, description: 'Of this agent alone.' })
  agentId?: string | null;

  @Field(() => ID, { nullable: true, description: 'To this target alone.' })
  targetId?: string | null;

  @Field(() => Date, { nullable: true, description: 'From when on; left out: an hour before `to`.' })
  from?: Date | null;

  @Field(() => Date, { nullable: true, description: 'Until when; left out: now.' })
  to?: Date | null;
}

@Resolver(() => Diagnosis)
export class DiagnosisResolver {
  @Allow('VIEWER')
  @Query(() => Diagnosis, {
    description: 'What can be told of a test. Nothing judges results yet: the verdict is INSUFFICIENT_DATA, and `missing` says why.',
  })
  diagnosis(@Args(() => DiagnosisArgs) args: DiagnosisArgs, @Ctx() { em, services }: Context): Promise<Diagnosis> {
    return services.diagnosis.diagnose(em, args);
  }

  @Allow('OPERATOR')
  @Mutation(() => Finding, { description: 'What a person says of a finding. No finding is made yet: always NOT_FOUND.' })
  judgeFinding(
    @Arg('id', () => ID, { description: 'Which finding.' }) _id: string,
    @Arg('feedback', () => Feedback, { description: 'What is to be said of it.' }) _feedback: Feedback,
    @Ctx() { services }: Context,
    @Arg('actualKind', () => FaultKind, { nullable: true, description: 'What it was instead, with OTHER_CAUSE.' }) _kind?: FaultKind | null,
  ): Finding {
    return services.diagnosis.judge();
  }

  @FieldResolver(() => Test, { description: 'The test that was looked at.' })
  test(@Root() { testId }: Diagnosis, @Ctx() context: Context): Promise<Test> {
    return loadersOf(context).test.load(testId);
  }

  @FieldResolver(() => Agent, { nullable: true, description: 'The agent that was looked at; null: all of them.' })
  agent(@Root() { agentId }: Diagnosis, @Ctx() context: Context): Promise<Agent> | null {
    return agentId === null ? null : loadersOf(context).agent.load(agentId);
  }
}

@Resolver(() => Pair)
export class PairResolver {
  @FieldResolver(() => Agent, { description: 'Who measured.' })
  agent(@Root() { agentId }: Pair, @Ctx() context: Context): Promise<Agent> {
    return loadersOf(context).agent.load(agentId);
  }

  @FieldResolver(() => Target, { description: 'What was measured.' })
  target(@Root() { targetId }: Pair, @Ctx() context: Context): Promise<Target> {
    return loadersOf(context).target.load(targetId);
  }
}
