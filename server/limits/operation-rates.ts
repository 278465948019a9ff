import type { Redis } from 'ioredis';
import type { Identity } from '../identity.js';
import type { SettingsService } from '../services/settings/settings.js';
import { addressKey } from './address-key.js';
import { createLimiter, type RateLimit } from './rate-limit.js';

const MINUTE = 60;

/** Whom an operation is counted for: the person, the token or the agent; those without a credential by their address, of IPv6 its /64. */
export function identityKey(identity: Identity, address: string): string {
  switch (identity.kind) {
    case 'user':
    case 'developer':
      return `user:${identity.user.id}`;
    case 'cli':
      return `cli:${identity.username}`;
    case 'api':
      return `token:${identity.token.id}`;
    case 'agent':
      return `agent:${identity.agent.id}`;
    case 'enrollment':
    case 'nobody':
      return `address:${addressKey(address)}`;
  }
}

/** Limits how many operations anybody may send, over whichever transport. */
export class OperationRates {
  private readonly limiters: Readonly<Record<'people' | 'agents' | 'anonymous' | 'enrolling', RateLimit>>;

  constructor(settings: Pick<SettingsService, 'get'>, redis?: Redis) {
    this.limiters = {
      people: createLimiter({ name: 'people', seconds: MINUTE, points: () => settings.get('limits.operationsPerMinute') }, redis),
      anonymous: createLimiter(
        { name: 'anonymous', seconds: MINUTE, points: () => settings.get('limits.anonymousOperationsPerMinute') },
        redis,
      ),
      enrolling: createLimiter({ name: 'enrolling', seconds: MINUTE, points: () => settings.get('limits.registrationsPerMinute') }, redis),
      // In this process alone: an agent's socket is here, and a question to Redis for each result would cost more than it saves.
      agents: createLimiter({ name: 'agents', seconds: MINUTE, points: () => settings.get('limits.agentOperationsPerMinute') }),
    };
  }

  /** Counts an operation. @throws ApiError RATE_LIMITED */
  async count(identity: Identity, address: string): Promise<void> {
    await this.limiters[groupOf(identity)].consume(identityKey(identity, address));
  }
}

function groupOf({ kind }: Identity): 'people' | 'agents' | 'anonymous' | 'enrolling' {
  switch (kind) {
    case 'user':
    case 'developer':
    case 'cli':
    case 'api':
      return 'people';
    case 'agent':
      return 'agents';
    case 'enrollment':
      return 'enrolling';
    case 'nobody':
      return 'anonymous';
  }
}
