import type { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';
import { rateLimited } from '../errors.js';

/** What a limiter allows: so many points in a window of so many seconds, for each key by itself. */
export interface RateOptions {
  /** Its name, also of its keys in Redis. */
  readonly name: string;
  readonly seconds: number;
  /** Asked each time: a setting that changes is in force at once. */
  readonly points: () => number;
}

/** Counts what is done, by who does it. */
export interface RateLimit {
  /** @throws ApiError RATE_LIMITED with retryAfterSeconds when the key has used up its window */
  consume(key: string): Promise<void>;
  /** Takes one point back. */
  giveBack(key: string): Promise<void>;
  /** Forgets what a key has used. */
  forget(key: string): Promise<void>;
}

/**
 * Makes a limiter, counted in this process, or in Redis by all that share it.
 * Should Redis be away, this process counts for itself: guesses stay limited, and nobody is locked out.
 */
export function createLimiter({ name, seconds, points }: RateOptions, redis?: Redis): RateLimit {
  const memory = new RateLimiterMemory({ keyPrefix: name, points: points(), duration: seconds });
  const limiter: RateLimiterAbstract = redis
    ? new RateLimiterRedis({
        storeClient: redis,
        keyPrefix: `streamswarm:limit:${name}`,
        points: points(),
        duration: seconds,
        insuranceLimiter: memory,
        rejectIfRedisNotReady: true,
      })
    : memory;
  return {
    async consume(key) {
      limiter.points = memory.points = points();
      try {
        await limiter.consume(key);
      } catch (reason) {
        if (reason instanceof RateLimiterRes) throw rateLimited(reason.msBeforeNext / 1000);
        throw reason;
      }
    },
    giveBack: async (key) => void (await limiter.reward(key)),
    forget: async (key) => void (await limiter.delete(key)),
  };
}
