import { describe, expect, it } from 'vitest';
import { KeyedListeners } from './keyed-listeners.js';
import { createServerPubSub } from './pubsub.js';

describe('listeners by key', () => {
  const make = () => {
    const pubsub = createServerPubSub();
    let listening = 0;
    const counted: Pick<typeof pubsub, 'listen'> = {
      listen(topic, listener) {
        listening += 1;
        const unlisten = pubsub.listen(topic, listener);
        return () => {
          listening -= 1;
          unlisten();
        };
      },
    };
    const keyed = new KeyedListeners(counted, 'assignmentsChanged', ({ agentId }) => agentId);
    return { pubsub, keyed, listening: () => listening };
  };

  it('hear the events of their key alone, all of them', () => {
    const { pubsub, keyed } = make();
    const heard: string[] = [];
    keyed.listen('a', () => heard.push('first of a'));
    keyed.listen('a', () => heard.push('second of a'));
    keyed.listen('b', () => heard.push('b'));
    pubsub.publish('assignmentsChanged', { agentId: 'a' });
    pubsub.publish('assignmentsChanged', { agentId: 'c' });
    expect(heard).toEqual(['first of a', 'second of a']);
  });

  it('share one listener of the pub/sub, which is gone with the last of them and comes again with the next', () => {
    const { pubsub, keyed, listening } = make();
    const ends = Array.from({ length: 100 }, (_, index) => keyed.listen(String(index), () => undefined));
    expect(listening()).toBe(1);
    for (const end of ends) end();
    expect(listening()).toBe(0);
    const heard: unknown[] = [];
    keyed.listen('a', (event) => heard.push(event));
    pubsub.publish('assignmentsChanged', { agentId: 'a' });
    expect(heard).toEqual([{ agentId: 'a' }]);
  });
});
