import type { GraphQLField, GraphQLSchema } from 'graphql';
import { defaultFieldResolver, getNamedType, isCompositeType, isObjectType, type ExecutionArgs, type ExecutionResult } from 'graphql';
import { GraphQLError } from 'graphql';
import { ApiError } from '../errors.js';

/** Whether an operation's time is over: whatever it still does, nobody waits for. */
export interface Deadline {
  readonly isOver: boolean;
}

/** Contexts whose operation was given up. */
const givenUp = new WeakSet<object>();

function tooSlow(seconds: number): ApiError {
  return new ApiError(
    'QUERY_TOO_COMPLEX',
    `The operation took longer than ${seconds} s and was given up: ask for less at once, or for a shorter time.`,
  );
}

/**
 * Executes an operation, for `seconds` at most: after that it answers QUERY_TOO_COMPLEX, and what is still under way ends at its next field.
 * Mutations are not cut short where they began to write: their statements finish, but no further field of the answer is worked out.
 */
export async function executeWithin(
  args: ExecutionArgs,
  seconds: number,
  run: (args: ExecutionArgs) => ExecutionResult | Promise<ExecutionResult>,
): Promise<ExecutionResult> {
  const running = run(args);
  if (!(running instanceof Promise)) return running;
  const context: unknown = args.contextValue;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<ExecutionResult>((resolve) => {
    timer = setTimeout(() => {
      if (typeof context === 'object' && context !== null) givenUp.add(context);
      resolve({ errors: [tooSlow(seconds)] });
    }, seconds * 1000);
  });
  try {
    return await Promise.race([running, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Makes every field that leads to further objects ask first whether its operation was given up. Once a schema. */
export function stopWhenGivenUp(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      if (isCompositeType(getNamedType(field.type))) guard(field);
    }
  }
}

function guard(field: GraphQLField<unknown, unknown>): void {
  const resolve = field.resolve ?? defaultFieldResolver;
  field.resolve = (source, args, context, info) => {
    if (typeof context === 'object' && context !== null && givenUp.has(context)) throw new GraphQLError('The operation was given up.');
    return resolve(source, args, context, info) as unknown;
  };
}
