import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { rateLimited } from '../errors.js';
import { hashSecret } from '../secrets.js';

const WINDOW_SECONDS = 10 * 60;

/** Limits guesses of passwords: failures by account and by address. An attempt counts from its start, so that many at once gain nothing. */
export class LoginLimit {
  private readonly byAccount = new RateLimiterMemory({ points: 10, duration: WINDOW_SECONDS });
  private readonly byAddress = new RateLimiterMemory({ points: 50, duration: WINDOW_SECONDS });

  /** Counts an attempt as failed until `succeeded` takes that back. @throws ApiError RATE_LIMITED */
  async attempt(account: string, address: string): Promise<void> {
    await consume(this.byAddress, address);
    await consume(this.byAccount, accountKey(account));
  }

  async succeeded(account: string, address: string): Promise<void> {
    await this.byAccount.delete(accountKey(account));
    await this.byAddress.reward(address);
  }
}

// Hashed: what is typed as a name can be a password, and can be long.
const accountKey = (account: string): string => hashSecret(account.toLowerCase());

async function consume(limiter: RateLimiterMemory, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (reason) {
    if (reason instanceof RateLimiterRes) throw rateLimited(reason.msBeforeNext / 1000);
    throw reason;
  }
}
