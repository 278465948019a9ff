import { describe, expect, it } from 'vitest';
import { EventStream, mapStream, mapStreamAhead } from './event-stream.js';
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

  it('is turned several at once where that is asked for, in its order, and still ends at once', async () => {
    let push: (value: number) => void = () => undefined;
    const stream = new EventStream<number>((to) => {
      push = to;
      return () => undefined;
    });
    const finish = new Map<number, () => void>();
    const turned = mapStreamAhead(stream, (value) => new Promise<number>((resolve) => finish.set(value, () => resolve(value * 2))), 2);
    const first = turned.next();
    for (const value of [1, 2, 3]) push(value);
    await new Promise((resolve) => setImmediate(resolve));
    expect([...finish.keys()]).toEqual([1, 2]);
    finish.get(2)?.();
    finish.get(1)?.();
    expect(await first).toEqual({ done: false, value: 2 });
    expect(await turned.next()).toEqual({ done: false, value: 4 });
    const waiting = turned.next();
    finish.get(3)?.();
    expect(await waiting).toEqual({ done: false, value: 6 });
    const never = turned.next();
    await turned.return?.();
    expect(await never).toEqual({ done: true, value: undefined });
  });
});
