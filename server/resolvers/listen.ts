import type { Context } from '../context.js';
import { EventStream } from '../event-stream.js';
import type { Topics } from '../pubsub.js';

/**
 * The events of a topic that `wanted` says yes to; for the `subscribe` of a `@Subscription`.
 * `first` comes before them: for a subscription that begins with the state as it is.
 */
export function listen<K extends keyof Topics>(
  context: object,
  topic: K,
  wanted: (payload: Topics[K]) => boolean,
  first: readonly Topics[K][] = [],
): EventStream<Topics[K]> {
  const { pubsub } = context as Context;
  return new EventStream((push) => {
    for (const payload of first) push(payload);
    return pubsub.listen(topic, (payload) => {
      if (wanted(payload)) push(payload);
    });
  });
}
