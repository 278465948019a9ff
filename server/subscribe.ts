import { createSourceEventStream, execute, type ExecutionArgs, type ExecutionResult } from 'graphql';
import { map, pipe } from '@graphql-yoga/subscription';

/**
 * Runs a subscription, with a context of its own for each event: graphql-js would give every event the context of the start,
 * whose entities grow old and pile up as long as the subscription lives.
 */
export async function subscribePerEvent(
  args: ExecutionArgs,
  freshContext: () => unknown,
): Promise<AsyncIterable<ExecutionResult> | ExecutionResult> {
  const source = await createSourceEventStream(args);
  if (!(Symbol.asyncIterator in source)) return source;
  const events = source as AsyncIterable<unknown>;
  return pipe(
    events,
    map((event: unknown) => execute({ ...args, rootValue: event, contextValue: freshContext() })),
  );
}
