import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openRedis, type RedisLink } from '../redis.js';
import { missingProgram } from '../testing/program.js';
import { startRedis, type TestRedis } from '../testing/redis.js';
import { Places, type GiveBack } from './places.js';

const log = pino({ level: 'silent' });
const missing = missingProgram('redis-server');
const MOST = 2;

async function takes(places: Places, key = 'user:ada'): Promise<GiveBack> {
  const giveBack = await places.take(key, MOST);
  if (!giveBack) throw new Error('no place was free');
  return giveBack;
}

describe('the places of an identity', () => {
  it('are as many as they may be; one that was given back is free, once', async () => {
    const places = new Places('test', log);
    const [giveBack] = [await takes(places), await takes(places)];
    expect(await places.take('user:ada', MOST)).toBeUndefined();
    expect(await places.take('user:bob', MOST)).toBeDefined();
    giveBack();
    giveBack();
    await takes(places);
    expect(await places.take('user:ada', MOST)).toBeUndefined();
  });
});

describe.skipIf(missing)(`the places of an identity at several processes${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let redis: TestRedis;
  const links: RedisLink[] = [];
  const open: Places[] = [];
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterEach(() => {
    for (const places of open.splice(0)) places.stop();
    for (const link of links.splice(0)) link.close();
  });
  afterAll(() => redis?.remove());

  async function process(): Promise<{ places: Places; link: RedisLink }> {
    const link = await openRedis(redis.url, log);
    const places = new Places('test', log, link.commands);
    links.push(link);
    open.push(places);
    return { places, link };
  }

  it('are counted together, and given back for all', async () => {
    const [one, other] = [await process(), await process()];
    const giveBack = await takes(one.places);
    await takes(other.places);
    expect(await one.places.take('user:ada', MOST)).toBeUndefined();
    expect(await other.places.take('user:ada', MOST)).toBeUndefined();
    giveBack();
    // Commands of one connection are done in order.
    await one.link.commands.ping();
    await takes(other.places);
  });

  it('stand under a lease: those of a process that was killed come free with it', async () => {
    const { places, link } = await process();
    await takes(places, 'user:eve');
    const [key = ''] = await link.commands.keys('*user:eve');
    expect(await link.commands.pttl(key)).toBeGreaterThan(0);
    const [place = '', ends = ''] = await link.commands.zrange(key, 0, -1, 'WITHSCORES');
    await link.commands.zadd(key, Number(ends) - 60_000, place);
    const other = (await process()).places;
    await takes(other, 'user:eve');
    await takes(other, 'user:eve');
  });

  it('are those of each process by itself while Redis is away', async () => {
    const { places, link } = await process();
    link.commands.disconnect();
    await takes(places, 'user:zoe');
    await takes(places, 'user:zoe');
    expect(await places.take('user:zoe', MOST)).toBeUndefined();
  });
});
