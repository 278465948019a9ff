import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';

/** Whoever does not say for so long that its places are in use still has lost them, ms: those of a process that was killed. */
const LEASE_MS = 30_000;
const RENEW_EVERY_MS = 10_000;
const PREFIX = 'streamswarm:places:';

/** KEYS: the identity's set; ARGV: place, lease ms, most. By Redis's own clock. Answers 1, or 0 where all are taken. */
const TAKE = `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1`;

/** KEYS: as above; ARGV: lease ms, places. */
const RENEW = `local time = redis.call('TIME')
local ends = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[1]
for index = 2, #ARGV do redis.call('ZADD', KEYS[1], ends, ARGV[index]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])`;

/** Gives a place back; a second call does nothing. */
export type GiveBack = () => void;

/**
 * So many places for each key: open connections or subscriptions of an identity. With Redis all processes count together, and places of a process that was killed
 * are free again after 30 s; without it, or while it is away, each process counts for itself.
 */
export class Places {
  private readonly taken = new Map<string, Set<string>>();
  private readonly timer: NodeJS.Timeout | undefined;

  /** `name` is that of its keys in Redis. */
  constructor(
    private readonly name: string,
    private readonly log: Logger,
    private readonly redis?: Redis,
  ) {
    if (redis) this.timer = setInterval(() => this.renew(redis), RENEW_EVERY_MS);
  }

  /** Takes one of at most `most` places of a key; undefined where there is none. */
  async take(key: string, most: number): Promise<GiveBack | undefined> {
    const own = this.taken.get(key) ?? new Set<string>();
    if (own.size >= most) return undefined;
    const place = randomUUID();
    this.taken.set(key, own.add(place));
    if (await this.mayTake(key, place, most)) return () => this.giveBack(key, place);
    this.forget(key, place);
    return undefined;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async mayTake(key: string, place: string, most: number): Promise<boolean> {
    if (this.redis?.status !== 'ready') return true;
    try {
      return (await this.redis.eval(TAKE, 1, this.keyOf(key), place, LEASE_MS, most)) === 1;
    } catch (error) {
      this.log.warn({ reason: (error as Error).message }, 'places could not be counted with the other processes');
      return true;
    }
  }

  private giveBack(key: string, place: string): void {
    if (!this.forget(key, place) || this.redis?.status !== 'ready') return;
    // Where that fails, the place is free when its lease ends.
    this.redis.zrem(this.keyOf(key), place).catch(this.notReached);
  }

  private forget(key: string, place: string): boolean {
    const own = this.taken.get(key);
    const was = own?.delete(place) ?? false;
    if (own?.size === 0) this.taken.delete(key);
    return was;
  }

  private renew(redis: Redis): void {
    if (redis.status !== 'ready') return;
    for (const [key, places] of this.taken) redis.eval(RENEW, 1, this.keyOf(key), LEASE_MS, ...places).catch(this.notReached);
  }

  private readonly notReached = (error: Error): void => {
    this.log.debug({ reason: error.message }, 'places could not be told to the other processes');
  };

  private keyOf(key: string): string {
    return `${PREFIX}${this.name}:${key}`;
  }
}
