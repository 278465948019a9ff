import type { Orm } from '../orm.js';
import type { Logger } from 'pino';
import type { ServerConfig } from '../config.js';
import { Agent } from '../entities/agent.js';
import { AgentStatus } from '../entities/enums.js';
import type { ServerPubSub } from '../pubsub.js';

/** What decides an agent's status, beside the clock. */
export type PresenceSubject = Pick<Agent, 'id' | 'disabled' | 'deletedAt'>;

interface Presence {
  /** `performance.now()` of the newest sign of life, ms. */
  heardAt: number;
  /** What was last told. */
  status: AgentStatus;
}

const LONGEST_TICK_MS = 1000;

/** Tells whether agents are there, by their heartbeats and this server's monotonic clock: a step of the wall clock changes nothing. */
export class PresenceService {
  private readonly known = new Map<string, Presence>();
  private lastOnline = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly config: Pick<ServerConfig, 'staleAfterSeconds' | 'offlineAfterSeconds'>,
    private readonly pubsub: ServerPubSub,
    private readonly log: Logger,
  ) {}

  /** Takes up where the server was when it stopped: silence while it was away counts. */
  async start(orm: Orm): Promise<void> {
    const agents = await orm.em.fork().find(Agent, { deletedAt: null, lastSeenAt: { $ne: null } }, { fields: ['lastSeenAt'] });
    for (const { id, lastSeenAt } of agents) {
      const silence = Math.max(0, Date.now() - (lastSeenAt?.getTime() ?? 0));
      const heardAt = performance.now() - silence;
      this.known.set(id, { heardAt, status: this.statusAt(heardAt) });
    }
    const tick = Math.min(LONGEST_TICK_MS, (this.config.staleAfterSeconds * 1000) / 10);
    this.timer = setInterval(() => this.tick(), tick);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** An agent was heard. */
  heard(agentId: string): void {
    const before = this.known.get(agentId)?.status;
    this.known.set(agentId, { heardAt: performance.now(), status: AgentStatus.ONLINE });
    if (before !== AgentStatus.ONLINE) this.tell(agentId, AgentStatus.ONLINE);
  }

  /** An agent was deleted. */
  forget(agentId: string): void {
    this.known.delete(agentId);
  }

  statusOf({ id, disabled, deletedAt }: PresenceSubject): AgentStatus {
    if (disabled) return AgentStatus.DISABLED;
    if (deletedAt) return AgentStatus.OFFLINE;
    const presence = this.known.get(id);
    return presence ? this.statusAt(presence.heardAt) : AgentStatus.OFFLINE;
  }

  /** Ids of the agents that are ONLINE or STALE by their heartbeats, disabled ones too; those not named are OFFLINE. */
  idsWith(status: AgentStatus.ONLINE | AgentStatus.STALE): string[] {
    return [...this.known].filter(([, { heardAt }]) => this.statusAt(heardAt) === status).map(([id]) => id);
  }

  /** How many agents of all servers were ONLINE when it was last counted, a second ago at most. */
  get online(): number {
    return this.lastOnline;
  }

  private statusAt(heardAt: number): AgentStatus {
    const silence = (performance.now() - heardAt) / 1000;
    if (silence < this.config.staleAfterSeconds) return AgentStatus.ONLINE;
    return silence < this.config.offlineAfterSeconds ? AgentStatus.STALE : AgentStatus.OFFLINE;
  }

  private tick(): void {
    this.lastOnline = 0;
    for (const [agentId, presence] of this.known) {
      const status = this.statusAt(presence.heardAt);
      if (status === AgentStatus.ONLINE) this.lastOnline += 1;
      if (status === presence.status) continue;
      presence.status = status;
      this.tell(agentId, status);
    }
  }

  private tell(agentId: string, status: AgentStatus): void {
    this.log.info({ agentId, status }, 'agent status');
    // Every process hears of every heartbeat: each finds out by itself.
    this.pubsub.tellHere('agentChanged', { agentId });
  }
}
