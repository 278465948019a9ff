import { filter, pipe } from '@graphql-yoga/subscription';
import type { Context } from '../context.js';
import type { Topics } from '../pubsub.js';

/** The events of a topic that `wanted` says yes to; for the `subscribe` of a `@Subscription`. */
export function listen<K extends keyof Topics>(
  context: object,
  topic: K,
  wanted: (payload: Topics[K][0]) => boolean,
): AsyncIterable<Topics[K][0]> {
  const { pubsub } = context as Context;
  const events = pubsub.subscribe(topic) as unknown as AsyncIterable<Topics[K][0]>;
  return pipe(events, filter(wanted));
}
