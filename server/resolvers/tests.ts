import type { EntityManager, FilterQuery } from '../orm.js';
import { Arg, Args, ArgsType, Ctx, Field, ID, Int, Mutation, Query, Resolver, Root, Subscription } from 'type-graphql';
import { Allow } from '../authorize.js';
import type { Context } from '../context.js';
import { Test } from '../entities/test.js';
import { TestStatus } from '../entities/test-enums.js';
import { pageById, PageArgs } from './connection.js';
import { EventStream } from '../event-stream.js';
import { containing } from '../services/containing.js';
import { listen } from './listen.js';
import { TestConnection } from './test-connections.js';
import { specOf, TestInput } from './test-inputs.js';

@ArgsType()
class TestsArgs extends PageArgs {
  @Field(() => TestStatus, { nullable: true, description: 'Only tests with this status.' })
  status?: TestStatus | null;

  @Field(() => String, { nullable: true, description: 'Only tests whose name or description contains this.' })
  search?: string | null;
}

const ID_OF_TEST = { description: 'Which test.' };

@Resolver(() => Test)
export class TestResolver {
  @Allow('VIEWER')
  @Query(() => TestConnection, { description: 'The tests, newest first.' })
  async tests(@Args(() => TestsArgs) args: TestsArgs, @Ctx() { em }: Context): Promise<InstanceType<typeof TestConnection>> {
    return new TestConnection(await pageById(em, Test, filterOf(em, args), args));
  }

  @Allow('VIEWER')
  @Query(() => Test, { nullable: true, description: 'One test; NOT_FOUND where there is none.' })
  test(@Arg('id', () => ID, ID_OF_TEST) id: string, @Ctx() { em, services }: Context): Promise<Test> {
    return services.tests.get(em, id);
  }

  @Allow('OPERATOR')
  @Mutation(() => Test, {
    description: 'Makes a test, which runs at once unless its time is to come (SCHEDULED) or it has no agents (DRAFT).',
  })
  createTest(@Arg('input', () => TestInput, { description: 'The test.' }) input: TestInput, @Ctx() context: Context): Promise<Test> {
    return context.services.tests.create(context, specOf(input));
  }

  @Allow('OPERATOR')
  @Mutation(() => Test, {
    description:
      "Replaces a test's definition. An open session goes on with it; a test that is over stays so, unless it gets another startsAt that is to come. CONFLICT where revision is not the newest.",
  })
  updateTest(
    @Arg('id', () => ID, ID_OF_TEST) id: string,
    @Arg('input', () => TestInput, { description: 'The whole definition; secret settings that are left out are kept.' }) input: TestInput,
    @Ctx() context: Context,
    @Arg('revision', () => Int, { nullable: true, description: 'The revision that was changed.' }) revision?: number | null,
  ): Promise<Test> {
    return context.services.tests.update(context, id, specOf(input), revision);
  }

  @Allow('OPERATOR')
  @Mutation(() => Test, {
    description:
      'Opens a session now, or goes on with what was paused: the open session, or the schedule, which opens one at its next time (at once where that has passed and no other comes).',
  })
  startTest(@Arg('id', () => ID, ID_OF_TEST) id: string, @Ctx() context: Context): Promise<Test> {
    return context.services.tests.start(context, id);
  }

  @Allow('OPERATOR')
  @Mutation(() => Test, {
    description:
      'Pauses the open session; the pause does not count as part of it. A test that waits for its next session opens none until it is started. Of NEW_TEST the open child is paused too.',
  })
  pauseTest(@Arg('id', () => ID, ID_OF_TEST) id: string, @Ctx() context: Context): Promise<Test> {
    return context.services.tests.pause(context, id);
  }

  @Allow('OPERATOR')
  @Mutation(() => Test, {
    description: 'Ends the open session and all that were to follow; of NEW_TEST the open child too.',
  })
  stopTest(@Arg('id', () => ID, ID_OF_TEST) id: string, @Ctx() context: Context): Promise<Test> {
    return context.services.tests.stop(context, id);
  }

  @Allow('OPERATOR')
  @Mutation(() => Int, {
    description:
      'Removes tests with their results: gone from sight at once, rows in the background. A test whose sessions are tests of their own (NEW_TEST) takes these along; stopTest ends it and leaves them. Returns how many tests are gone, those included.',
  })
  async deleteTests(@Arg('ids', () => [ID], { description: 'Which tests.' }) ids: string[], @Ctx() context: Context): Promise<number> {
    const deleted = await context.services.tests.delete(context, ids);
    context.services.purge.kick();
    return deleted;
  }

  @Allow('VIEWER')
  @Subscription(() => Test, {
    description: 'A test changed: its definition, its status, or that of an assignment. Of one test it ends when that is deleted.',
    subscribe: ({ context, args }) => listenForTests(context as Context, args.id as string | null | undefined),
  })
  testChanged(
    @Root() { testId }: { testId: string },
    @Ctx() { em, services }: Context,
    @Arg('id', () => ID, { nullable: true, description: 'Only this test; left out: all of them.' }) _id?: string | null,
  ): Promise<Test> {
    return services.tests.get(em, testId);
  }

  @Allow('VIEWER')
  @Subscription(() => [ID], {
    description: 'Tests were deleted: their ids. testChanged has no event of it, since there is no test any more that it could show.',
    subscribe: ({ context }) => listen(context as Context, 'testsDeleted', () => true),
  })
  testsDeleted(@Root() { testIds }: { testIds: readonly string[] }): readonly string[] {
    return testIds;
  }
}

/** Of one test it ends with that test: nothing can come any more. */
function listenForTests(context: Context, id: string | null | undefined): AsyncIterable<{ testId: string }> {
  if (!id) return listen(context, 'testChanged', () => true);
  const { pubsub } = context;
  return new EventStream((push, end) => {
    const unlisten = [
      pubsub.listen('testChanged', (change) => change.testId === id && push(change)),
      pubsub.listen('testsDeleted', ({ testIds }) => testIds.includes(id) && end()),
    ];
    return () => unlisten.forEach((each) => each());
  });
}

function filterOf(em: EntityManager, { status, search }: TestsArgs): FilterQuery<Test> {
  const text = search?.trim();
  const live = { deletedAt: null, ...(status ? { status } : {}) };
  return text ? { $and: [live, containing<Test>(em, ['name', 'description'], text)] } : live;
}
