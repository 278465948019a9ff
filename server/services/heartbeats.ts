import type { Orm } from '../orm.js';
import { Agent } from '../entities/agent.js';
import type { ServerPubSub } from '../pubsub.js';
import { Batcher } from './batcher.js';
import { requireProtocol } from './enrollment.js';
import type { PresenceService } from './presence.js';

/** What an agent tells every few seconds. */
export interface Heartbeat {
  readonly protocol: number;
  readonly spooledResults: number;
  readonly droppedResults: number;
  readonly clockOffsetMs?: number | null;
  readonly clockErrorMs?: number | null;
  readonly system?: unknown;
}

interface Beat {
  readonly agentId: string;
  readonly values: Partial<Agent>;
}

/** Takes agents' heartbeats. Many agents' heartbeats share one commit. */
export class HeartbeatService {
  private readonly batcher: Batcher<Beat>;

  constructor(
    private readonly orm: Orm,
    private readonly pubsub: ServerPubSub,
    private readonly presence: PresenceService,
  ) {
    this.batcher = new Batcher((beats) => this.write(beats));
  }

  /** Resolves once it is stored. @throws ApiError UPGRADE_REQUIRED */
  async take(agent: Agent, heartbeat: Heartbeat, receivedAt: Date): Promise<void> {
    requireProtocol(heartbeat.protocol);
    const { spooledResults, droppedResults, clockOffsetMs, clockErrorMs, system } = heartbeat;
    const clock = { clockOffsetMs: clockOffsetMs ?? null, clockErrorMs: clockErrorMs ?? null };
    const values = { lastSeenAt: receivedAt, spooledResults, droppedResults, ...clock };
    const changed = agent.spooledResults !== spooledResults || agent.droppedResults !== droppedResults;
    await this.batcher.add({ agentId: agent.id, values: system === undefined || system === null ? values : { ...values, system } });
    // The identity of a socket outlives the operation: the next heartbeat is compared with this one.
    Object.assign(agent, values);
    this.presence.heard(agent.id);
    if (changed) this.pubsub.publish('agentChanged', { agentId: agent.id });
  }

  /** Waits for what is being stored. */
  idle(): Promise<void> {
    return this.batcher.idle();
  }

  private async write(beats: readonly Beat[]): Promise<void> {
    await this.orm.em.fork().transactional(async (em) => {
      for (const { agentId, values } of beats) await em.nativeUpdate(Agent, { id: agentId }, values);
    });
  }
}
