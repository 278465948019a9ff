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
import type { FoundChange } from '../services/paths/reader.js';
import { connectionType, makePage, PageArgs, pageRequest, type PageRequest } from './connection.js';
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

/** A change, with what its paths are loaded by. */
class PathChangeView extends PathChange {
  constructor(readonly found: FoundChange) {
    super();
    Object.assign(this, found.change);
  }
}

@Resolver(() => Path)
export class PathResolver {
  @Allow('VIEWER')
  @Query(() => PathConnection, { description: 'The ways that packets took, newest first by when they were seen first.' })
  async paths(@Args(() => PathsArgs) args: PathsArgs, @Ctx() context: Context): Promise<InstanceType<typeof PathConnection>> {
    const request = await checked(args, context);
    const { paths } = context.services;
    const rows = await paths.paths(args, request.limit, request.key);
    return new PathConnection(
      makePage(
        rows,
        request,
        ({ id }) => id,
        () => paths.countPaths(args),
      ),
    );
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

@Resolver(() => PathChange)
export class PathChangeResolver {
  @Allow('VIEWER')
  @Query(() => PathChangeConnection, { description: 'When packets took another way, or were treated otherwise on it, newest first.' })
  async pathChanges(@Args(() => PathsArgs) args: PathsArgs, @Ctx() context: Context): Promise<InstanceType<typeof PathChangeConnection>> {
    const request = await checked(args, context);
    const { paths } = context.services;
    const rows: PathChange[] = (await paths.changes(args, request.limit, request.key)).map((found) => new PathChangeView(found));
    return new PathChangeConnection(
      makePage(
        rows,
        request,
        ({ id }) => id,
        () => paths.countChanges(args),
      ),
    );
  }

  @Allow('VIEWER')
  @Subscription(() => PathChange, {
    description: 'Packets take another way, or are treated otherwise on it.',
    subscribe: ({ context, args }) => listen(context, 'pathChanged', ({ testId }) => !args.testId || args.testId === testId),
  })
  async pathChanged(
    @Root() { changeId }: Topics['pathChanged'],
    @Ctx() { services }: Context,
    @Arg('testId', () => ID, { nullable: true, description: 'Only what this test saw.' }) _testId?: string | null,
  ): Promise<PathChange> {
    const found = await services.paths.change(changeId);
    if (!found) throw notFound('path change');
    return new PathChangeView(found);
  }

  @FieldResolver(() => Path, { nullable: true, description: 'The way before; null where none was known.' })
  async before(@Root() { found }: PathChangeView, @Ctx() context: Context): Promise<Path | null> {
    return found.before === null ? null : ((await loadersOf(context).path.load(found.before)) ?? null);
  }

  @FieldResolver(() => Path, { description: 'The way now.' })
  async after(@Root() { found }: PathChangeView, @Ctx() context: Context): Promise<Path> {
    const path = await loadersOf(context).path.load(found.after);
    if (!path) throw notFound('path');
    return path;
  }
}

/** The page that is asked for. @throws ApiError BAD_USER_INPUT, NOT_FOUND */
async function checked(args: PathsArgs, { em }: Context): Promise<PageRequest> {
  const request = pageRequest(args);
  requireRange(args.from, args.to);
  await requireScope(em, args);
  return request;
}
