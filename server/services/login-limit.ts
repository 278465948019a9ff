import type { Redis } from 'ioredis';
import { addressKey } from '../limits/address-key.js';
import { createLimiter, type RateLimit } from '../limits/rate-limit.js';
import { hashSecret } from '../secrets.js';
import { usernameKey } from './usernames.js';

const WINDOW_SECONDS = 10 * 60;
const GUESSES_BY_ACCOUNT = 10;
const GUESSES_BY_ADDRESS = 50;

/** Limits guesses of passwords: failures by account and by address. An attempt counts from its start, so that many at once gain nothing. */
export class LoginLimit {
  private readonly byAccount: RateLimit;
  private readonly byAddress: RateLimit;

  /** Counted by all processes that share this Redis; without one by this process. */
  constructor(redis?: Redis) {
    this.byAccount = createLimiter({ name: 'login-account', seconds: WINDOW_SECONDS, points: () => GUESSES_BY_ACCOUNT }, redis);
    this.byAddress = createLimiter({ name: 'login-address', seconds: WINDOW_SECONDS, points: () => GUESSES_BY_ADDRESS }, redis);
  }

  /** Counts an attempt as failed until `succeeded` takes that back. @throws ApiError RATE_LIMITED */
  async attempt(account: string, address: string): Promise<void> {
    await this.byAddress.consume(addressKey(address));
    await this.byAccount.consume(accountKey(account));
  }

  async succeeded(account: string, address: string): Promise<void> {
    await this.byAccount.forget(accountKey(account));
    await this.byAddress.giveBack(addressKey(address));
  }
}

// Hashed: what is typed as a name can be a password, and can be long.
const accountKey = (account: string): string => hashSecret(usernameKey(account));
