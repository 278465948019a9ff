import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, ID, Mutation, Query, Resolver, Root, Subscription } from 'type-graphql';
import { Allow } from '../authorize.js';
import type { Context } from '../context.js';
import { Agent } from '../entities/agent.js';
import { AgentStatus } from '../entities/enums.js';
import { AgentUpdateInput } from './agent-inputs.js';
import { connectionType, pageById, PageArgs } from './connection.js';
import { listen } from './listen.js';

const AgentConnection = connectionType('Agent', Agent);

@ArgsType()
class AgentsArgs extends PageArgs {
  @Field(() => AgentStatus, { nullable: true, description: 'Only agents with this status.' })
  status?: AgentStatus | null;

  @Field(() => String, { nullable: true, description: 'Only agents whose name or hostname contains this.' })
  search?: string | null;
}

@Resolver(() => Agent)
export class AgentResolver {
  @Allow('VIEWER')
  @Query(() => AgentConnection, { description: 'The agents, newest first.' })
  async agents(@Args(() => AgentsArgs) args: AgentsArgs, @Ctx() { em, services }: Context): Promise<InstanceType<typeof AgentConnection>> {
    return new AgentConnection(await pageById(em, Agent, services.agents.filter(em, args.status, args.search), args));
  }

  @Allow('VIEWER')
  @Query(() => Agent, { nullable: true, description: 'One agent; NOT_FOUND where there is none.' })
  agent(@Arg('id', () => ID, { description: 'Which agent.' }) id: string, @Ctx() { em, services }: Context): Promise<Agent> {
    return services.agents.find(em, id);
  }

  @Allow('OPERATOR')
  @Mutation(() => Agent, { description: "Changes an agent's name or labels, or switches it off and on." })
  updateAgent(
    @Arg('id', () => ID, { description: 'Which agent.' }) id: string,
    @Arg('input', () => AgentUpdateInput, { description: 'What to change.' }) input: AgentUpdateInput,
    @Ctx() context: Context,
  ): Promise<Agent> {
    return context.services.agents.update(context, id, input);
  }

  @Allow('OPERATOR')
  @Mutation(() => Boolean, { description: 'Removes an agent: its secret ends at once; its results stay.' })
  async deleteAgent(@Arg('id', () => ID, { description: 'Which agent.' }) id: string, @Ctx() context: Context): Promise<boolean> {
    await context.services.agents.remove(context, id);
    return true;
  }

  @Allow('VIEWER')
  @Subscription(() => Agent, {
    description: 'An agent came, went, or was changed.',
    subscribe: ({ context, args }) => listen(context, 'agentChanged', ({ agentId }) => !args.id || args.id === agentId),
  })
  agentChanged(
    @Root() { agentId }: { agentId: string },
    @Ctx() { em }: Context,
    @Arg('id', () => ID, { nullable: true, description: 'Only this agent; left out: all of them.' }) _id?: string | null,
  ): Promise<Agent> {
    return em.findOneOrFail(Agent, agentId);
  }

  @FieldResolver(() => AgentStatus, { description: 'Whether the server hears from it.' })
  status(@Root() agent: Agent, @Ctx() { services }: Context): AgentStatus {
    return services.presence.statusOf(agent);
  }
}
