import { Args, ArgsType, Ctx, Field, FieldResolver, ID, Int, Resolver, Root } from 'type-graphql';
import { Allow } from '../authorize.js';
import type { Context } from '../context.js';
import { Agent } from '../entities/agent.js';
import { ProbeSetting, Schedule, TestProgress } from '../entities/schedule.js';
import { Target } from '../entities/target.js';
import { Test } from '../entities/test.js';
import { Topology } from '../entities/test-enums.js';
import { User } from '../entities/user.js';
import { badUserInput } from '../errors.js';
import type { ResultFilter, ResultKey } from '../services/results/stored-result.js';
import { progressOf } from '../services/tests/progress.js';
import { makePage, PageArgs, pageRequest } from './connection.js';
import { loadersOf } from './loaders.js';
import { TestResultView } from './result-view.js';
import { TestAssignmentConnection, TestConnection, TestResultConnection } from './test-connections.js';

@ArgsType()
class ResultsArgs extends PageArgs {
  @Field(() => ID, { nullable: true, description: 'Only results of this agent.' })
  agentId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Only results to this target.' })
  targetId?: string | null;

  @Field(() => Date, { nullable: true, description: 'Only results that started then or later.' })
  from?: Date | null;

  @Field(() => Date, { nullable: true, description: 'Only results that started before.' })
  to?: Date | null;

  @Field(() => Date, {
    nullable: true,
    description: `Only results whose receivedAt is later, however old they are: to fetch what is new without reading what came before. A result is seen a
little after its receivedAt, which is taken before it is committed, by the clock of the server that took it in. So ask from two minutes before the latest
receivedAt that you have, and skip the ids that you know: then none is missed, as long as the clocks of several servers agree to a minute.`,
  })
  receivedAfter?: Date | null;
}

@Resolver(() => Test)
export class TestFieldResolver {
  @FieldResolver(() => [Target], { description: 'What it aims at; in a MESH the agents too.' })
  async targets(@Root() test: Test, @Ctx() context: Context): Promise<Target[]> {
    const { target } = loadersOf(context);
    const written = (await target.loadMany(test.targetIds)).filter((each): each is Target => each instanceof Target);
    if (test.topology === Topology.EACH_TO_TARGETS) return written;
    const meshed = (await loadersOf(context).assignedTargets.load(test.id)).filter((id) => !test.targetIds.includes(id)).sort();
    const others = (await target.loadMany(meshed)).filter((each): each is Target => each instanceof Target);
    return [...written, ...others];
  }

  @FieldResolver(() => [Agent], {
    description: 'The agents that shall measure, as they were chosen; those that were removed are left out.',
  })
  async agents(@Root() test: Test, @Ctx() context: Context): Promise<Agent[]> {
    const chosen = await loadersOf(context).agent.loadMany(test.agentIds);
    return chosen.filter((each): each is Agent => each instanceof Agent && each.deletedAt === null);
  }

  @FieldResolver(() => [ProbeSetting], { description: 'What it measures; secret settings are null.' })
  probes(@Root() test: Test, @Ctx() { services }: Context): ProbeSetting[] {
    return test.probes.map((probe) => services.storedProbes.forPeople(probe));
  }

  @FieldResolver(() => Schedule, { description: 'When it measures.' })
  schedule(@Root() test: Test): Schedule {
    return test;
  }

  @FieldResolver(() => TestAssignmentConnection, { description: 'Who measures what, newest first; those that ended are left out.' })
  async assignments(
    @Root() test: Test,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() context: Context,
  ): Promise<InstanceType<typeof TestAssignmentConnection>> {
    const request = pageRequest(args);
    const { assignment, assignmentPage, assignmentCount } = loadersOf(context);
    const after = request.key === null ? null : numberOf(request.key);
    const ids = await assignmentPage.load({ ownerId: test.id, limit: request.limit, after });
    const rows = await Promise.all(ids.map((id) => assignment.load(id)));
    const count = (): Promise<number> => assignmentCount.load(test.id);
    return new TestAssignmentConnection(makePage(rows, request, ({ id }) => String(id), count));
  }

  @FieldResolver(() => TestProgress, { description: 'How far its session is.' })
  async progress(@Root() test: Test, @Ctx() context: Context): Promise<TestProgress> {
    return progressOf(test, await loadersOf(context).session.load(test.id), context.services.clock.now());
  }

  @FieldResolver(() => Test, {
    nullable: true,
    description:
      'The test whose schedule made this one; null for others, or where it was deleted by an older server, which left its children.',
  })
  async parent(@Root() test: Test, @Ctx() context: Context): Promise<Test | null> {
    const parent = test.parent ? await loadersOf(context).test.load(test.parent.id) : null;
    return parent && !parent.deletedAt ? parent : null;
  }

  @FieldResolver(() => Int, {
    description: 'How many tests its schedule has made (NEW_TEST) that are still there; deleteTests takes them along.',
  })
  childCount(@Root() test: Test, @Ctx() context: Context): Promise<number> {
    return loadersOf(context).childCount.load(test.id);
  }

  @FieldResolver(() => User, { nullable: true, description: 'Who made it; null for integrations.' })
  createdBy(@Root() test: Test, @Ctx() context: Context): Promise<User> | null {
    return test.createdBy ? loadersOf(context).user.load(test.createdBy.id) : null;
  }

  @FieldResolver(() => TestResultConnection, { description: 'Its results, newest first. totalCount is null where times filter.' })
  async results(
    @Root() test: Test,
    @Args(() => ResultsArgs) args: ResultsArgs,
    @Ctx() context: Context,
  ): Promise<InstanceType<typeof TestResultConnection>> {
    const request = pageRequest(args);
    const { resultPage, resultCount } = loadersOf(context);
    const after = keyOf(request.key);
    const asked = { testId: test.id, query: { filter: filterOf(args), limit: request.limit, ...(after ? { after } : {}) } };
    const views = (await resultPage.load(asked)).map((each) => new TestResultView(each));
    const cursor = ({ stored: { at, seq } }: TestResultView): string => `${at}:${seq}`;
    const page = makePage(views, request, cursor, () => resultCount.load(asked));
    return new TestResultConnection({ ...page, cursorOf: (node) => page.cursorOf(node as TestResultView) });
  }
}

@Resolver(() => Agent)
export class AgentTestsResolver {
  // An agent that describes itself gets an Agent too: what others measure is not its business.
  @Allow('VIEWER')
  @FieldResolver(() => TestConnection, { description: 'The tests that it has assignments of, newest first.' })
  async tests(
    @Root() agent: Agent,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() context: Context,
  ): Promise<InstanceType<typeof TestConnection>> {
    const request = pageRequest(args);
    const { test, testPage, testCount } = loadersOf(context);
    const ids = await testPage.load({ ownerId: agent.id, limit: request.limit, after: request.key });
    const rows = await Promise.all(ids.map((id) => test.load(id)));
    const count = (): Promise<number> => testCount.load(agent.id);
    return new TestConnection(makePage(rows, request, ({ id }) => id, count));
  }
}

const filterOf = ({ agentId, targetId, from, to, receivedAfter }: ResultsArgs): ResultFilter => ({
  ...{ agentId, targetId },
  ...{ from: from?.getTime(), to: to?.getTime(), receivedAfter: receivedAfter?.getTime() },
});

function keyOf(key: string | null): ResultKey | undefined {
  if (key === null) return undefined;
  const [at, seq] = key.split(':').map(numberOf);
  if (at === undefined || seq === undefined) throw notACursor();
  return { at, seq };
}

function numberOf(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number)) throw notACursor();
  return number;
}

const notACursor = (): Error => badUserInput({ path: 'after', message: 'after is not a cursor of this list.' });
