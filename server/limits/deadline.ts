import type { GraphQLField, GraphQLSchema } from 'graphql';
import { defaultFieldResolver, getNamedType, isCompositeType, isObjectType, type ExecutionArgs, type ExecutionResult } from 'graphql';
import { GraphQLError } from 'graphql';
import type { Context } from '../context.js';
import { ApiError } from '../errors.js';

/** Contexts whose operation was given up. */
const givenUp = new WeakSet<object>();

/** Whether nobody waits for an operation any more: its time is over, or its client has gone. Long reading asks it now and then. */
export function isGivenUp(context: Pick<Context, 'clientHasGone'>): boolean {
  return givenUp.has(context) || context.clientHasGone?.() === true;
}

/** What work ends with that nobody waits for. */
export function givenUpError(): GraphQLError {
  return new GraphQLError('The operation was given up.');
}

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
    if (typeof context === 'object' && context !== null && givenUp.has(context)) throw givenUpError();
    return resolve(source, args, context, info) as unknown;
  };
}
