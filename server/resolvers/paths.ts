import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, ID, Query, Resolver, Root, Subscription } from 'type-graphql';
import { Allow } from '../authorize.js';
import type { Context } from '../context.js';
import { Agent } from '../entities/agent.js';
import { PathChange } from '../entities/path-change.js';
import { Path } from '../entities/path.js';
import { Target } from '../entities/target.js';
import { notFound } from '../errors.js';
import type { Topics } from '../pubsub.js';
import { requireRange, requireScope } from '../services/scope.js';
import { connectionType, makePage, PageArgs, pageRequest, type Page } from './connection.js';
import { listen } from './listen.js';
import { loadersOf } from './loaders.js';

const PathConnection = connectionType('Path', Path);
const PathChangeConnection = connectionType('PathChange', PathChange);

@ArgsType()
class PathsArgs extends PageArgs {
  @Field(() => ID, { nullable: true, description: 'Only what this test saw.' })
  testId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Only from this agent.' })
  agentId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Only to this target.' })
  targetId?: string | null;

  @Field(() => Date, { nullable: true, description: 'Only what was seen then or later.' })
  from?: Date | null;

  @Field(() => Date, { nullable: true, description: 'Only what was seen before.' })
  to?: Date | null;
}

@Resolver(() => Path)
export class PathResolver {
  @Allow('VIEWER')
  @Query(() => PathConnection, { description: 'The ways that packets took, newest first. No probe traces paths yet: there are none.' })
  async paths(@Args(() => PathsArgs) args: PathsArgs, @Ctx() { em }: Context): Promise<InstanceType<typeof PathConnection>> {
    return new PathConnection(await noneOf<Path>(em, args));
  }

  @Allow('VIEWER')
  @Query(() => PathChangeConnection, {
    description: 'When packets took another way, newest first. No probe traces paths yet: there are none.',
  })
  async pathChanges(@Args(() => PathsArgs) args: PathsArgs, @Ctx() { em }: Context): Promise<InstanceType<typeof PathChangeConnection>> {
    return new PathChangeConnection(await noneOf<PathChange>(em, args));
  }

  @Allow('VIEWER')
  @Subscription(() => PathChange, {
    description: 'Packets take another way. No probe traces paths yet: it stays silent.',
    subscribe: ({ context, args }) => listen(context, 'pathChanged', ({ testId }) => !args.testId || args.testId === testId),
  })
  pathChanged(
    @Root() _event: Topics['pathChanged'],
    @Arg('testId', () => ID, { nullable: true, description: 'Only what this test saw.' }) _testId?: string | null,
  ): PathChange {
    // None is kept yet, so none can be shown.
    throw notFound('path change');
  }

  @FieldResolver(() => Agent, { description: 'Where it begins.' })
  agent(@Root() { agentId }: Path, @Ctx() context: Context): Promise<Agent> {
    return loadersOf(context).agent.load(agentId);
  }

  @FieldResolver(() => Target, { description: 'Where it leads.' })
  target(@Root() { targetId }: Path, @Ctx() context: Context): Promise<Target> {
    return loadersOf(context).target.load(targetId);
  }
}

/** The page of a list that nothing can be in yet; what is asked about is checked all the same. */
async function noneOf<T extends { id: string }>(em: Context['em'], args: PathsArgs): Promise<Page<T>> {
  const request = pageRequest(args);
  requireRange(args.from, args.to);
  await requireScope(em, args);
  const none: readonly T[] = [];
  return makePage(
    none,
    request,
    ({ id }) => id,
    () => Promise.resolve(0),
  );
}
