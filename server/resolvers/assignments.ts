import { Ctx, FieldResolver, Resolver, Root, Subscription } from 'type-graphql';
import { Allow } from '../authorize.js';
import type { Context } from '../context.js';
import { Agent } from '../entities/agent.js';
import { TestResult } from '../entities/result.js';
import { AgentAssignment, ProbeSetting, Schedule } from '../entities/schedule.js';
import { Target } from '../entities/target.js';
import { TestAssignment } from '../entities/test-assignment.js';
import { forbidden } from '../errors.js';
import { EventStream } from '../event-stream.js';
import { assignmentListeners } from '../keyed-listeners.js';
import type { Work } from '../services/tests/agent-work.js';
import { addressOf } from '../services/tests/support.js';
import { loadersOf } from './loaders.js';
import { TestResultView } from './result-view.js';

@Resolver(() => TestAssignment)
export class TestAssignmentResolver {
  @FieldResolver(() => Agent, { description: 'Who measures.' })
  agent(@Root() { agent }: TestAssignment, @Ctx() context: Context): Promise<Agent> {
    return loadersOf(context).agent.load(agent.id);
  }

  @FieldResolver(() => Target, { description: 'What is measured.' })
  target(@Root() { target }: TestAssignment, @Ctx() context: Context): Promise<Target> {
    return loadersOf(context).target.load(target.id);
  }

  @FieldResolver(() => TestResult, { nullable: true, description: 'The result with the latest start; null where none came.' })
  async lastResult(@Root() { lastResult }: TestAssignment, @Ctx() context: Context): Promise<TestResult | null> {
    if (lastResult === null) return null;
    const stored = await loadersOf(context).result.load(lastResult);
    return stored ? new TestResultView(stored) : null;
  }
}

@Resolver(() => Target)
export class TargetResolver {
  @FieldResolver(() => String, {
    nullable: true,
    description: 'Host name or IP address; of an agent its first address, null where it has none.',
  })
  async host(@Root() target: Target, @Ctx() context: Context): Promise<string | null> {
    if (!target.agent) return target.host;
    const agent = await loadersOf(context).agent.load(target.agent.id);
    return addressOf({ ...target, agent }) ?? null;
  }

  // The agent that measures gets the address alone: the rest of another agent is not its business.
  @Allow('VIEWER')
  @FieldResolver(() => Agent, { nullable: true, description: 'The agent that it means; null for hosts and URLs.' })
  agent(@Root() { agent }: Target, @Ctx() context: Context): Promise<Agent> | null {
    return agent ? loadersOf(context).agent.load(agent.id) : null;
  }
}

/** One piece of an agent's work, as GraphQL shows it. */
class AgentAssignmentView extends AgentAssignment {
  constructor(readonly work: Work) {
    super();
    const { test, revision, seed } = work;
    // One cycle runs to its end whenever it begins.
    const endsAt = test.durationSeconds === 0 ? null : test.sessionEndsAt;
    Object.assign(this, { testId: test.id, revision, seed, sessionStartedAt: test.sessionStartedAt, endsAt });
  }
}

@Resolver(() => AgentAssignment)
export class AgentAssignmentResolver {
  @Allow('AGENT')
  @Subscription(() => [AgentAssignment], {
    description: 'For agents, with their own secret: the whole set of assignments at once, then again at each change.',
    subscribe: ({ context }) => changesOf(context as Context),
  })
  async assignmentsChanged(@Ctx() { identity, services }: Context): Promise<AgentAssignment[]> {
    if (identity.kind !== 'agent') throw forbidden();
    const work = await services.agentWork.of(identity.agent.id);
    return work.map((each) => new AgentAssignmentView(each));
  }

  @FieldResolver(() => Target, { description: 'What to measure; host is filled in for agents too.' })
  target(@Root() { work }: AgentAssignmentView): Target {
    return work.target;
  }

  @FieldResolver(() => [ProbeSetting], { description: 'What to measure with, secret settings included.' })
  probes(@Root() { work }: AgentAssignmentView): readonly ProbeSetting[] {
    return work.probes;
  }

  @FieldResolver(() => Schedule, { description: 'When to measure: now, as the session is open; startsAt is null.' })
  schedule(@Root() { work }: AgentAssignmentView): Schedule {
    const { intervalSeconds, durationSeconds, cron, timezone, recurrence, nextRunAt } = work.test;
    // A person may have opened the session before its time: it is the server that waits for that.
    return { intervalSeconds, durationSeconds, startsAt: null, cron, timezone, recurrence, nextRunAt };
  }
}

/** Listens first and then tells the first set, so that no change falls between the two. */
function changesOf(context: Context): AsyncIterable<unknown> {
  const { identity } = context;
  if (identity.kind !== 'agent') throw forbidden();
  const { id } = identity.agent;
  return new EventStream<{ readonly agentId: string }>((push) => {
    push({ agentId: id });
    return assignmentListeners(context.pubsub).listen(id, push);
  });
}
