import { describe, expect, it } from 'vitest';
import { EventStream, mapStream } from './event-stream.js';
import { createServerPubSub } from './pubsub.js';

describe('a stream of events', () => {
  it('misses nothing between its making and the first look', async () => {
    const pubsub = createServerPubSub();
    const stream = pubsub.subscribe('testChanged');
    pubsub.publish('testChanged', { testId: 'a' });
    pubsub.publish('agentChanged', { agentId: 'x' });
    pubsub.publish('testChanged', { testId: 'b' });
    expect(await stream.next()).toEqual({ done: false, value: { testId: 'a' } });
    expect(await stream.next()).toEqual({ done: false, value: { testId: 'b' } });
  });

  it('ends at once, also for one who waits, and listens no longer', async () => {
    let unlistened = 0;
    const stream = new EventStream<number>(() => () => unlistened++);
    const mapped = mapStream(stream, (value) => value * 2);
    const waiting = mapped.next();
    await mapped.return?.();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(unlistened).toBe(1);
  });

  it('gives up the oldest events of a consumer that does not keep up', async () => {
    let push: (value: number) => void = () => undefined;
    const stream = new EventStream<number>((to) => {
      push = to;
      return () => undefined;
    });
    for (let value = 0; value < 1500; value++) push(value);
    expect((await stream.next()).value).toBe(500);
  });
});
