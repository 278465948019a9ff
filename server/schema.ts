import 'reflect-metadata';
import type { GraphQLSchema } from 'graphql';
import { buildSchema, type BuildSchemaOptions } from 'type-graphql';
import { checkAccess, requireAllowEverywhere } from './authorize.js';
import { stopWhenGivenUp } from './limits/deadline.js';
import { RESOLVERS } from './resolvers/index.js';
import { DateTime } from './scalars.js';
import { validateInput } from './validate-input.js';

/** type-graphql asks for one. Ours is the server's own, in the context, so that one schema serves any number of servers in a process. */
const NO_GLOBAL_PUBSUB = {
  publish(): never {
    throw new Error('publish with context.pubsub');
  },
  subscribe(): never {
    throw new Error('give @Subscription a `subscribe` that listens with context.pubsub');
  },
};

/** Builds a schema from resolver classes. @throws Error when an operation has no `@Allow`. */
export async function buildSchemaOf(resolvers: BuildSchemaOptions['resolvers']): Promise<GraphQLSchema> {
  const schema = await buildSchema({
    resolvers,
    pubSub: NO_GLOBAL_PUBSUB,
    authChecker: checkAccess,
    authMode: 'error',
    scalarsMap: [{ type: Date, scalar: DateTime }],
    validateFn: validateInput,
    disableInferringDefaultValues: true,
  });
  requireAllowEverywhere(schema);
  describeRoots(schema);
  stopWhenGivenUp(schema);
  return schema;
}

/** type-graphql has no place for the descriptions of the three root types. */
function describeRoots(schema: GraphQLSchema): void {
  const roots = [
    [schema.getQueryType(), 'What can be read.'],
    [schema.getMutationType(), 'What can be changed.'],
    [schema.getSubscriptionType(), 'What is told as it happens, over WebSocket.'],
  ] as const;
  for (const [root, description] of roots) if (root) root.description = description;
}

let built: Promise<GraphQLSchema> | undefined;

/** The schema of this server: the same for every server in the process, built at the first call. */
export function serverSchema(): Promise<GraphQLSchema> {
  built ??= buildSchemaOf(RESOLVERS);
  return built;
}
