import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLimiter } from './limits/rate-limit.js';
import { createServerPubSub, type ServerPubSub } from './pubsub.js';
import { openRedis, type RedisLink } from './redis.js';
import { SharedEvents } from './shared-events.js';
import { missingProgram } from './testing/program.js';
import { startRedis, type TestRedis } from './testing/redis.js';

const missing = missingProgram('redis-server');
const log = pino({ level: 'silent' });
const MOST = 5;
/** Until a connection was given up, or made anew. */
const SOON = { timeout: 15_000 };

describe.skipIf(missing)(`a Redis that hangs${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let redis: TestRedis;
  let link: RedisLink;
  beforeEach(async () => {
    redis = await startRedis();
    link = await openRedis(redis.url, log);
  });
  afterEach(async () => {
    link.close();
    await redis.remove();
  });

  it('is waited for once: from then on this process counts for itself, until it answers again', async () => {
    const limiter = createLimiter({ name: 'test', seconds: 60, points: () => MOST }, link.commands);
    await limiter.consume('ada');
    redis.freeze();
    await limiter.consume('ada');
    await vi.waitFor(() => expect(link.commands.status).not.toBe('ready'));
    const send = vi.spyOn(link.commands, 'sendCommand');
    for (let again = 1; again < MOST; again++) await limiter.consume('ada');
    await expect(limiter.consume('ada')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    expect(send.mock.calls.map(([command]) => command.name).filter((name) => name.startsWith('eval'))).toEqual([]);
    redis.thaw();
    await vi.waitFor(() => expect(link.commands.status).toBe('ready'), SOON);
    // What Redis counts by itself is less by now.
    await limiter.consume('ada');
  });

  it('loses both connections, and has them again, with its events, when it answers', async () => {
    const other = await openRedis(redis.url, log);
    const [here, there] = [await joined(link), await joined(other)];
    redis.freeze();
    await vi.waitFor(() => {
      for (const each of [link.commands, link.subscriber, other.commands, other.subscriber]) expect(each.status).not.toBe('ready');
    }, SOON);
    expect([here, there].map(({ shared }) => shared.hears)).toEqual([false, false]);
    const missed = there.pubsub.subscribe('eventsMissed');
    redis.thaw();
    await missed.next();
    await vi.waitFor(() => expect([here, there].map(({ shared }) => shared.hears)).toEqual([true, true]), SOON);
    const heard = there.pubsub.subscribe('testChanged');
    here.pubsub.publish('testChanged', { testId: 'after' });
    expect((await heard.next()).value).toEqual({ testId: 'after' });
    for (const { shared } of [here, there]) shared.stop();
    other.close();
  });
});

async function joined(link: RedisLink): Promise<{ pubsub: ServerPubSub; shared: SharedEvents }> {
  const shared = new SharedEvents(link, 'streamswarm:test:', log);
  const pubsub = createServerPubSub((event) => shared.carry(event));
  await shared.start(pubsub);
  return { pubsub, shared };
}
