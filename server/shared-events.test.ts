import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createServerPubSub, type ServerPubSub } from './pubsub.js';
import { openRedis } from './redis.js';
import { SharedEvents } from './shared-events.js';
import { missingProgram } from './testing/program.js';
import { startRedis, type TestRedis } from './testing/redis.js';

const missing = missingProgram('redis-server');
const PREFIX = 'streamswarm:test:';

/** The events of one process, joined to Redis. */
interface Joined {
  readonly pubsub: ServerPubSub;
  readonly shared: SharedEvents;
  leave(): void;
}

describe.skipIf(missing)(`events through Redis${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let redis: TestRedis;
  const joined: Joined[] = [];

  beforeAll(async () => {
    redis = await startRedis();
  });
  afterEach(() => joined.splice(0).forEach((one) => one.leave()));
  afterAll(() => redis?.remove());

  async function join(): Promise<Joined> {
    const log = pino({ level: 'silent' });
    const link = await openRedis(redis.url, log);
    const shared = new SharedEvents(link, PREFIX, log);
    const pubsub = createServerPubSub((event) => shared.carry(event));
    await shared.start(pubsub);
    const leave = (): void => {
      shared.stop();
      link.close();
    };
    joined.push({ pubsub, shared, leave });
    return { pubsub, shared, leave };
  }

  it('reach every other process once and in order, and the own one at once and not again', async () => {
    const [a, b] = [await join(), await join()];
    const seen: string[] = [];
    a.pubsub.listen('testChanged', ({ testId }, origin) => seen.push(`a ${testId} ${origin}`));
    const atB = b.pubsub.subscribe('testChanged');
    for (const testId of ['1', '2', '3']) a.pubsub.publish('testChanged', { testId });
    expect(seen).toEqual(['a 1 here', 'a 2 here', 'a 3 here']);
    for (const testId of ['1', '2', '3']) expect((await atB.next()).value).toEqual({ testId });
    // What comes back to a is older than this answer of b.
    const answer = a.pubsub.subscribe('agentChanged');
    b.pubsub.publish('agentChanged', { agentId: 'x' });
    expect((await answer.next()).value).toEqual({ agentId: 'x' });
    expect(seen).toHaveLength(3);
    await Promise.all([atB.return(), answer.return()]);
  });

  it('of one moment share messages', async () => {
    const [a, b] = [await join(), await join()];
    const watcher = await openRedis(redis.url, pino({ level: 'silent' }));
    let messages = 0;
    watcher.subscriber.on('message', (_channel, text: string) => {
      if (text.includes('resultAdded')) messages += 1;
    });
    await watcher.subscriber.subscribe(`${PREFIX}events`);
    let arrived = 0;
    const all = new Promise<void>((resolve) =>
      b.pubsub.listen('resultAdded', () => {
        if ((arrived += 1) === 2500) resolve();
      }),
    );
    for (let n = 0; n < 2500; n += 1) a.pubsub.publish('resultAdded', { resultId: String(n), testId: 't', agentId: 'a' });
    await all;
    await watcher.subscriber.unsubscribe();
    watcher.close();
    expect(messages).toBe(3);
  });

  it('stay in the process while Redis is away; afterwards everybody is told to look again', async () => {
    const [a, b] = [await join(), await join()];
    const missed = [a, b].map(({ pubsub }) => pubsub.subscribe('eventsMissed'));
    const here = a.pubsub.subscribe('testChanged');
    await redis.kill();
    a.pubsub.publish('testChanged', { testId: 'while away' });
    expect((await here.next()).value).toEqual({ testId: 'while away' });
    await redis.start();
    for (const stream of missed) expect((await stream.next()).value).toHaveProperty('reason');
    const again = b.pubsub.subscribe('testChanged');
    a.pubsub.publish('testChanged', { testId: 'after' });
    expect((await again.next()).value).toEqual({ testId: 'after' });
    await Promise.all([...missed, here, again].map((stream) => stream.return()));
  });

  it('come through: what says so turns false when Redis is away for long, true when it is back', async () => {
    const { shared } = await join();
    expect(shared.hears).toBe(true);
    await redis.kill();
    await expect.poll(() => shared.hears, { timeout: 12_000 }).toBe(false);
    await redis.start();
    await expect.poll(() => shared.hears, { timeout: 12_000 }).toBe(true);
  });
});

describe.skipIf(missing)(`a Redis with a password${missing ? ` (skipped: ${missing})` : ''}`, () => {
  it('is refused clearly when the password is wrong, and the log has no password', async () => {
    const guarded = await startRedis('the-real-one');
    const logged: string[] = [];
    const log = pino({}, { write: (line: string) => void logged.push(line) });
    try {
      await expect(openRedis(guarded.url.replace('the-real-one', 'a-guess'), log)).rejects.toThrow('REDIS_URL');
      (await openRedis(guarded.url, log)).close();
      expect(logged.join('')).not.toMatch(/a-guess|the-real-one/);
    } finally {
      await guarded.remove();
    }
  });
});
