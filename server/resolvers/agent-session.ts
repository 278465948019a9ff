import { Arg, Ctx, Field, Float, Mutation, ObjectType, Resolver } from 'type-graphql';
import { Allow } from '../authorize.js';
import type { Context } from '../context.js';
import { Agent } from '../entities/agent.js';
import { forbidden } from '../errors.js';
import type { Enrolled } from '../services/enrollment.js';
import { HeartbeatInput, RegisterAgentInput } from './agent-inputs.js';

@ObjectType({ description: 'An agent that was just registered.' })
export class RegisteredAgent implements Enrolled {
  @Field(() => Agent, { description: 'The agent.' })
  agent!: Agent;

  @Field(() => String, { description: "The agent's own secret, shown this once." })
  secret!: string;
}

@ObjectType({ description: 'What an agent gets for a heartbeat: enough to work out how far its clock is off.' })
export class HeartbeatReply {
  @Field(() => Date, { description: 'When it arrived.' })
  receivedAt!: Date;

  @Field(() => Date, { description: 'When this reply was made.' })
  serverTime!: Date;

  @Field(() => Float, { description: 'How long to wait before the next one, s.' })
  heartbeatSeconds!: number;
}

/** What agents say of themselves. */
@Resolver()
export class AgentSessionResolver {
  @Allow('ENROLLMENT')
  @Mutation(() => RegisteredAgent, {
    description:
      "With an ENROLLMENT token. Returns the agent's own secret, shown once. The same token and installId, before the secret was first used, gets a new secret: a lost reply locks nobody out.",
  })
  registerAgent(
    @Arg('input', () => RegisterAgentInput, { description: 'The agent.' }) input: RegisterAgentInput,
    @Ctx() context: Context,
  ): Promise<RegisteredAgent> {
    const { identity, services } = context;
    if (identity.kind !== 'enrollment') throw forbidden();
    return services.enrollment.register(context, identity.token.id, input);
  }

  @Allow('AGENT')
  @Mutation(() => Agent, { description: "With the agent's own secret: after an upgrade, or when a plug-in came or went." })
  describeAgent(
    @Arg('input', () => RegisterAgentInput, { description: 'The agent as it is now.' }) input: RegisterAgentInput,
    @Ctx() context: Context,
  ): Promise<Agent> {
    const { identity, services } = context;
    if (identity.kind !== 'agent') throw forbidden();
    return services.agents.describe(context, identity.agent.id, input);
  }

  @Allow('AGENT')
  @Mutation(() => HeartbeatReply, { description: 'Tells that the agent is there, and how it fares.' })
  async heartbeat(
    @Arg('input', () => HeartbeatInput, { description: 'How it fares.' }) input: HeartbeatInput,
    @Ctx() context: Context,
  ): Promise<HeartbeatReply> {
    const { identity, receivedAt, services } = context;
    if (identity.kind !== 'agent') throw forbidden();
    await services.heartbeats.take(identity.agent, input, receivedAt);
    return { receivedAt, serverTime: new Date(), heartbeatSeconds: services.heartbeats.paceSeconds };
  }
}
