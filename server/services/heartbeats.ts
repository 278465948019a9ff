import type { Orm } from '../orm.js';
import { Agent } from '../entities/agent.js';
import type { ServerPubSub } from '../pubsub.js';
import { Batcher } from './batcher.js';
import { requireProtocol } from './enrollment.js';
import type { PresenceService } from './presence.js';
import type { Store } from './store.js';

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
  readonly values: Pick<Agent, 'spooledResults' | 'droppedResults' | 'clockOffsetMs' | 'clockErrorMs'> & { readonly lastSeenAt: Date };
  readonly system: unknown;
  /** The agent's clock was set since the heartbeat before. */
  readonly stepped: boolean;
}

/** A difference of two heartbeats' clock offsets, beyond the errors of both, that drift cannot explain, ms. */
const STEP_MS = 1000;

/** Remembered because it explains gaps. */
const REMEMBER_STEP = "insert into agent_event (agent_id, at, kind) values (?, ?, 'CLOCK_STEP')";
const WRITE = `update agent set last_seen_at = ?, spooled_results = ?, dropped_results = ?, clock_offset_ms = ?, clock_error_ms = ?,
  system = coalesce(?, system) where id = ?`;
/** Results want the database more than heartbeats do: thousands of agents' heartbeats are written so often, ms. */
const REST_MS = 200;

/** Takes agents' heartbeats. Many agents' heartbeats share one commit. */
export class HeartbeatService {
  private readonly batcher: Batcher<Beat>;

  constructor(
    private readonly orm: Orm,
    private readonly store: Pick<Store, 'write'>,
    private readonly pubsub: ServerPubSub,
    private readonly presence: PresenceService,
  ) {
    this.batcher = new Batcher((beats) => this.write(beats), REST_MS);
  }

  /** Resolves once it is stored. @throws ApiError UPGRADE_REQUIRED */
  async take(agent: Agent, heartbeat: Heartbeat, receivedAt: Date): Promise<void> {
    requireProtocol(heartbeat.protocol);
    const { spooledResults, droppedResults, clockOffsetMs, clockErrorMs, system } = heartbeat;
    const clock = { clockOffsetMs: clockOffsetMs ?? null, clockErrorMs: clockErrorMs ?? null };
    const values = { lastSeenAt: receivedAt, spooledResults, droppedResults, ...clock };
    const changed = agent.spooledResults !== spooledResults || agent.droppedResults !== droppedResults;
    await this.batcher.add({ agentId: agent.id, values, system, stepped: hasStepped(agent, clock) });
    // The identity of a socket outlives the operation: the next heartbeat is compared with this one.
    Object.assign(agent, values);
    this.presence.heard(agent.id);
    if (changed) this.pubsub.publish('agentChanged', { agentId: agent.id });
  }

  /** Waits for what is being stored. */
  idle(): Promise<void> {
    return this.batcher.idle();
  }

  /** The newest of each agent, in the order of their ids: so two processes that write the same rows never wait for each other. */
  private async write(beats: readonly Beat[]): Promise<void> {
    const newest = [...new Map(beats.map((beat) => [beat.agentId, beat])).values()];
    newest.sort((a, b) => (a.agentId < b.agentId ? -1 : 1));
    const platform = this.orm.em.getPlatform();
    await this.store.write(async (sql) => {
      const steps = beats.filter(({ stepped }) => stepped);
      for (const { agentId, values } of steps) await sql(REMEMBER_STEP, [agentId, values.lastSeenAt.getTime()]);
      for (const { agentId, values, system } of newest) {
        const { lastSeenAt, spooledResults, droppedResults, clockOffsetMs, clockErrorMs } = values;
        const vitals = system === undefined || system === null ? null : JSON.stringify(system);
        const bindings = [spooledResults, droppedResults, clockOffsetMs, clockErrorMs, vitals, agentId];
        await sql(WRITE, [platform.processDateProperty(lastSeenAt), ...bindings]);
      }
    });
    this.pubsub.publish('agentsHeard', { agentIds: newest.map(({ agentId }) => agentId) });
  }
}

type ClockSeen = Pick<Agent, 'clockOffsetMs' | 'clockErrorMs'>;

function hasStepped(before: ClockSeen, now: ClockSeen): boolean {
  if (before.clockOffsetMs === null || now.clockOffsetMs === null) return false;
  const error = (before.clockErrorMs ?? 0) + (now.clockErrorMs ?? 0);
  return Math.abs(now.clockOffsetMs - before.clockOffsetMs) > error + STEP_MS;
}
