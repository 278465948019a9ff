import { createSourceEventStream, type ExecutionArgs, type ExecutionResult } from 'graphql';
import { mapStream } from './event-stream.js';

/**
 * Runs a subscription, with a context of its own for each event: graphql-js would give every event the context of the start,
 * whose entities grow old and pile up as long as the subscription lives.
 */
export async function subscribePerEvent(
  args: ExecutionArgs,
  freshContext: () => unknown,
  executeEvent: (args: ExecutionArgs) => Promise<ExecutionResult>,
): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
  const source = await createSourceEventStream(args);
  if (!isStream(source)) return source;
  return mapStream(source[Symbol.asyncIterator](), (event) => executeEvent({ ...args, rootValue: event, contextValue: freshContext() }));
}

function isStream(source: AsyncIterable<unknown> | ExecutionResult): source is AsyncIterable<unknown> {
  return Symbol.asyncIterator in source;
}
