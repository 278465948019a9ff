import type { Identity } from '../identity.js';
import { addressKey } from './address-key.js';
import type { Credential } from '../services/authentication.js';
import type { SettingsService } from '../services/settings/settings.js';
import { createLimiter, type RateLimit } from './rate-limit.js';

const MINUTE = 60;
/** A credential that held is taken for one of ours for so long, ms; whether it still holds is looked up all the same. */
const REMEMBERED_MS = 10 * 60_000;
/** More than there are agents and people; the oldest go first. */
const MOST_REMEMBERED = 20_000;

/**
 * Limits look-ups of credentials that nobody knows, by address, so that guesses cost the database little. Each counts from its start until it turns out
 * to hold; one that held lately counts for nothing: who guesses does not lock out those behind the same address. In this process alone, in memory.
 */
export class Arrivals {
  private readonly remembered = new Map<string, number>();
  private readonly unknown: RateLimit;

  constructor(settings: Pick<SettingsService, 'get'>) {
    const points = (): number => settings.get('limits.unknownCredentialsPerMinute');
    this.unknown = createLimiter({ name: 'unknown', seconds: MINUTE, points });
  }

  /** What `identify` says of the credential that came from this address. @throws ApiError RATE_LIMITED, without asking it */
  async prove(address: string, { hash }: Credential, identify: () => Promise<Identity | null>): Promise<Identity | null> {
    const isNew = (this.remembered.get(hash) ?? 0) <= performance.now();
    if (isNew) await this.unknown.consume(addressKey(address));
    const identity = await identify();
    this.remembered.delete(hash);
    if (!identity) return null;
    this.remember(hash);
    if (isNew) await this.unknown.giveBack(addressKey(address));
    return identity;
  }

  private remember(hash: string): void {
    const [oldest] = this.remembered.keys();
    if (this.remembered.size >= MOST_REMEMBERED && oldest !== undefined) this.remembered.delete(oldest);
    this.remembered.set(hash, performance.now() + REMEMBERED_MS);
  }
}
