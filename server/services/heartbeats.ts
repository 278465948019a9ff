import type { Logger } from 'pino';
import { Agent } from '../entities/agent.js';
import type { ServerPubSub } from '../pubsub.js';
import { Batcher } from './batcher.js';
import { requireProtocol } from './enrollment.js';
import type { PresenceService } from './presence.js';
import { paceOf } from './heartbeat-pace.js';
import type { SettingsService } from './settings/settings.js';
import { POSTGRES, type Dialect } from './store/dialect.js';
import type { Store } from './store.js';

/** From the start of the first to that of the last result that is lost. */
export interface DroppedTime {
  readonly from: Date;
  readonly to: Date;
}

/** What an agent tells every few seconds. */
export interface Heartbeat {
  readonly protocol: number;
  readonly spooledResults: number;
  readonly droppedResults: number;
  readonly clockOffsetMs?: number | null;
  readonly clockErrorMs?: number | null;
  readonly system?: unknown;
  readonly droppedTimes?: readonly DroppedTime[] | null;
}

interface Beat {
  readonly agentId: string;
  readonly values: Pick<Agent, 'spooledResults' | 'droppedResults' | 'clockOffsetMs' | 'clockErrorMs'> & { readonly lastSeenAt: Date };
  readonly system: unknown;
  /** Something that people see is not as it was. */
  readonly changed: boolean;
  /** What explains gaps, to be remembered. */
  readonly events: readonly AgentEvent[];
}

/** A word of `agent_event`, at ms since 1970. */
type AgentEvent = readonly [agentId: string, at: number, kind: string];

/** A difference of two heartbeats' clock offsets, beyond the errors of both, that drift cannot explain, ms. */
const STEP_MS = 1000;

/** Agents' clocks may be so far ahead, ms; beyond it nothing can have been started yet. */
const LEEWAY_MS = 300_000;

const REMEMBER = ({ rows }: Dialect): string =>
  `insert into agent_event (agent_id, at, kind) select v.agent, v.at, v.kind from ${rows({ agent: 'text', at: 'bigint', kind: 'text' })} v`;
// One statement, however many agents: each is a trip to the database, and results wait behind.
const writeOf = ({
  rows,
  moment,
  json,
}: Dialect): string => `update agent as a set last_seen_at = ${moment('v.seen')}, spooled_results = v.spooled,
    dropped_results = v.dropped, clock_offset_ms = v.clock, clock_error_ms = v.error, system = coalesce(${json('v.system')}, a.system)
  from ${rows({ id: 'text', seen: 'bigint', spooled: 'integer', dropped: 'integer', clock: 'double', error: 'double', system: 'text' })} v
  where a.id = v.id`;
/** In the order of their ids: so two servers that write the same rows never wait for each other in a circle. */
const LOCK = `select id from agent where id in ${POSTGRES.values('text')} order by id ${POSTGRES.lock('agent')}`;
/** Results want the database more than heartbeats do: thousands of agents' heartbeats are written so often, ms. */
const REST_MS = 1000;
/** Agents a transaction: the results that wait for it wait some 10 ms. */
const MOST_AT_ONCE = 64;

/** Takes agents' heartbeats. Many agents' heartbeats share one commit. */
export class HeartbeatService {
  private readonly batcher: Batcher<Beat>;
  /** How each agent's clock stood when it last knew: one that sees its clock set knows nothing for a heartbeat, and something else after it. */
  private readonly clocks = new Map<string, ClockSeen>();

  constructor(
    private readonly store: Pick<Store, 'kind' | 'change' | 'write'>,
    private readonly pubsub: ServerPubSub,
    private readonly presence: PresenceService,
    private readonly settings: Pick<SettingsService, 'get'>,
    log: Pick<Logger, 'warn'>,
  ) {
    const lost = (err: unknown): void =>
      log.warn({ err }, 'heartbeats could not be stored; the next ones of the same agents make up for them');
    this.batcher = new Batcher((beats) => this.write(beats), REST_MS, lost);
  }

  /**
   * Resolves once it is stored, or, where it has to wait for those of others, once it is heard: an operation that is held for long costs far more memory than what
   * it tells, and the next heartbeat tells it again. @throws ApiError UPGRADE_REQUIRED
   */
  async take(agent: Agent, heartbeat: Heartbeat, receivedAt: Date): Promise<void> {
    requireProtocol(heartbeat.protocol);
    const { spooledResults, droppedResults, clockOffsetMs, clockErrorMs, system } = heartbeat;
    const clock = { clockOffsetMs: clockOffsetMs ?? null, clockErrorMs: clockErrorMs ?? null };
    const values = { lastSeenAt: receivedAt, spooledResults, droppedResults, ...clock };
    const changed = agent.spooledResults !== spooledResults || agent.droppedResults !== droppedResults;
    const stepped = hasStepped(this.clocks.get(agent.id) ?? agent, clock);
    const events: AgentEvent[] = stepped ? [[agent.id, receivedAt.getTime(), 'CLOCK_STEP']] : [];
    events.push(...lossesOf(agent.id, heartbeat.droppedTimes ?? [], receivedAt));
    const beat = { agentId: agent.id, values, system, changed, events };
    if (clock.clockOffsetMs !== null) this.clocks.set(agent.id, clock);
    // A step of the clock, or a loss, is told once.
    if (this.batcher.isFree || events.length > 0) await this.batcher.add(beat);
    else this.batcher.leave(beat);
    // The identity of a socket outlives the operation: the next heartbeat is compared with this one.
    Object.assign(agent, values);
    this.presence.heard(agent.id);
  }

  /** After how many seconds the next heartbeat of an agent is wanted. */
  get paceSeconds(): number {
    const { settings, presence } = this;
    return paceOf(settings.get('agents.heartbeatSeconds'), settings.get('agents.staleAfterSeconds'), presence.online);
  }

  /** Waits for what is being stored. */
  idle(): Promise<void> {
    return this.batcher.idle();
  }

  /** The newest of each agent. */
  private async write(beats: readonly Beat[]): Promise<void> {
    // In the order of their ids, which is about that of their rows: a transaction then changes few pages.
    const newest = [...new Map(beats.map((beat) => [beat.agentId, beat])).values()].sort((a, b) => (a.agentId < b.agentId ? -1 : 1));
    const events = beats.flatMap((beat) => beat.events);
    for (let from = 0; from < newest.length; from += MOST_AT_ONCE) {
      await this.writeSome(newest.slice(from, from + MOST_AT_ONCE), from === 0 ? events : []);
    }
    // Heard first: who is told of a change reads the status too.
    this.pubsub.publish('agentsHeard', { agentIds: newest.map(({ agentId }) => agentId) });
    for (const { agentId, changed } of beats) if (changed) this.pubsub.publish('agentChanged', { agentId });
  }

  private async writeSome(beats: readonly Beat[], events: readonly AgentEvent[]): Promise<void> {
    const rows = [JSON.stringify(beats.map(rowOf))];
    // By itself, one statement waits for the event loop once, not three times.
    if (this.store.kind === 'sqlite' && events.length === 0)
      return void (await this.store.change(writeOf(this.store.change.dialect), rows));
    await this.store.write(async (sql) => {
      if (events.length > 0) await sql(REMEMBER(sql.dialect), [JSON.stringify(events)]);
      if (sql.dialect.kind === 'postgres') await sql(LOCK, [JSON.stringify(beats.map(({ agentId }) => agentId))]);
      await sql(writeOf(sql.dialect), rows);
    });
  }
}

/** A loss reaches from its first result to just behind the last one. */
function lossesOf(agentId: string, times: readonly DroppedTime[], receivedAt: Date): AgentEvent[] {
  const latest = receivedAt.getTime() + LEEWAY_MS;
  return times.flatMap(({ from, to }): AgentEvent[] => {
    if (from > to || to.getTime() > latest) return [];
    return [
      [agentId, from.getTime(), 'LOST'],
      [agentId, to.getTime() + 1, 'LOST_UNTIL'],
    ];
  });
}

function rowOf({ agentId, values, system }: Beat): unknown[] {
  const { lastSeenAt, spooledResults, droppedResults, clockOffsetMs, clockErrorMs } = values;
  const vitals = system === undefined || system === null ? null : JSON.stringify(system);
  return [agentId, lastSeenAt.getTime(), spooledResults, droppedResults, clockOffsetMs, clockErrorMs, vitals];
}

type ClockSeen = Pick<Agent, 'clockOffsetMs' | 'clockErrorMs'>;

function hasStepped(before: ClockSeen, now: ClockSeen): boolean {
  if (before.clockOffsetMs === null || now.clockOffsetMs === null) return false;
  const error = (before.clockErrorMs ?? 0) + (now.clockErrorMs ?? 0);
  return Math.abs(now.clockOffsetMs - before.clockOffsetMs) > error + STEP_MS;
}
