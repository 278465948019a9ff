import { createSourceEventStream, type ExecutionArgs, type ExecutionResult } from 'graphql';
import { mapStreamAhead } from './event-stream.js';

/** Events of one subscription that are answered at once: results are committed, and so told, many together. */
const EVENTS_AT_ONCE = 64;

/** Events that come in one turn of the event loop share a context, and thereby its loaders: nothing was read before the last of them came. */
function sharedWithinATurn(make: () => unknown): () => unknown {
  let shared: { readonly context: unknown } | undefined;
  return () => {
    if (shared) return shared.context;
    shared = { context: make() };
    setImmediate(() => (shared = undefined));
    return shared.context;
  };
}

/**
 * Runs a subscription, with a fresh context for the events that come together: graphql-js would give every event the context of the start,
 * whose entities grow old and pile up as long as the subscription lives.
 */
export async function subscribePerEvent(
  args: ExecutionArgs,
  freshContext: () => unknown,
  executeEvent: (args: ExecutionArgs) => Promise<ExecutionResult>,
): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
  const source = await createSourceEventStream(args);
  if (!isStream(source)) return source;
  const contextOf = sharedWithinATurn(freshContext);
  const answer = (event: unknown): Promise<ExecutionResult> => executeEvent({ ...args, rootValue: event, contextValue: contextOf() });
  return mapStreamAhead(source[Symbol.asyncIterator](), answer, EVENTS_AT_ONCE);
}

function isStream(source: AsyncIterable<unknown> | ExecutionResult): source is AsyncIterable<unknown> {
  return Symbol.asyncIterator in source;
}
