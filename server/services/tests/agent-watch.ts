import type { Orm } from '../../orm.js';
import type { Logger } from 'pino';
import { AgentStatus } from '../../entities/enums.js';
import type { ServerPubSub } from '../../pubsub.js';
import { marks, slices } from '../lists.js';
import type { PresenceService } from '../presence.js';
import { exclusively, type RunSql, type Store } from '../store.js';
import type { Transactions } from '../store/transactions.js';
import type { Assigner } from './assign.js';
import { kindsOf, paced, type Seen } from './agent-seen.js';
import { lockedTest } from './locked-test.js';

interface AgentWatchDeps {
  /** False where other processes follow the same agents. */
  readonly alone: boolean;
  readonly orm: Orm;
  readonly transactions: Transactions;
  readonly store: Store;
  readonly pubsub: ServerPubSub;
  readonly log: Logger;
  readonly presence: PresenceService;
  readonly assigner: Assigner;
  readonly tell: (testId: string, agents: Iterable<string>) => void;
}

interface AgentRow {
  readonly id: string;
  readonly abilities: string;
  readonly disabled: boolean | 0 | 1;
  readonly deleted: 0 | 1;
  readonly dropped: number;
}

const DELETED = 'case when deleted_at is null then 0 else 1 end';
const AGENTS = `select id, cast(probes as text) || cast(addresses as text) || ${DELETED} as abilities, disabled, ${DELETED} as deleted,
  dropped_results as dropped from agent`;
const TESTS_OF = (ids: readonly string[]): string => `select distinct a.test_id as id from assignment a join test t on t.id = a.test_id
  where a.ended_at is null and t.deleted_at is null
    and (a.agent_id in (${marks(ids)}) or a.target_id in (select g.id from target g where g.agent_id in (${marks(ids)})))`;

/** Follows agents: judges their assignments again when their probes or addresses change, and remembers what explains gaps. */
export class AgentWatch {
  private readonly seen = new Map<string, Seen>();
  /** Agents that changed while others are followed: all of them are followed together next. */
  private changed = new Map<string, boolean>();
  private following: Promise<void> | undefined;
  private unlisten: () => void = () => undefined;

  constructor(private readonly deps: AgentWatchDeps) {}

  async start(): Promise<void> {
    for (const agent of await this.deps.store.read<AgentRow>(AGENTS)) this.seen.set(agent.id, this.look(agent));
    this.unlisten = this.deps.pubsub.listen('agentChanged', ({ agentId }, origin) => {
      // What another process told it deals with itself: here it is only taken note of.
      this.changed.set(agentId, origin === 'here' || this.changed.get(agentId) === true);
      this.following ??= this.followAll();
    });
  }

  async stop(): Promise<void> {
    this.unlisten();
    this.changed.clear();
    await this.following;
  }

  private async followAll(): Promise<void> {
    while (this.changed.size > 0) {
      const changed = this.changed;
      this.changed = new Map();
      for (const slice of slices([...changed.keys()])) await this.followSafely(slice, changed);
    }
    this.following = undefined;
  }

  private async followSafely(ids: readonly string[], changed: ReadonlyMap<string, boolean>): Promise<void> {
    try {
      await this.follow(ids, changed);
    } catch (error) {
      // The next change of the agents tries again: what was seen is remembered only after it was dealt with.
      this.deps.log.error({ err: error, agentIds: ids }, "agents' changes could not be followed");
    }
  }

  private look({ id, abilities, disabled, deleted, dropped }: AgentRow): Seen {
    const status = this.deps.presence.statusOf({ id, disabled: Boolean(disabled), deletedAt: deleted === 1 ? new Date(0) : null });
    return { abilities, disabled: Boolean(disabled), offline: status === AgentStatus.OFFLINE, dropped, droppedAt: -Infinity };
  }

  private async follow(ids: readonly string[], changed: ReadonlyMap<string, boolean>): Promise<void> {
    const { store } = this.deps;
    const agents = await store.read<AgentRow>(`${AGENTS} where id in (${marks(ids)})`, ids);
    const at = Date.now();
    const looks = agents.map((agent) => {
      const before = this.seen.get(agent.id);
      return { id: agent.id, before, now: paced(before, this.look(agent), at) };
    });
    const ours = looks.filter(({ id }) => changed.get(id) === true);
    const events = ours.flatMap(({ id, before, now }) => kindsOf(before, now).map((kind) => [id, at, kind]));
    if (events.length > 0) await store.write((sql) => remember(sql, events, this.deps.alone));
    await this.judgeAgain(ours.filter(({ before, now }) => before?.abilities !== now.abilities).map(({ id }) => id));
    for (const { id, now } of looks) this.seen.set(id, now);
  }

  private async judgeAgain(agentIds: readonly string[]): Promise<void> {
    if (agentIds.length === 0) return;
    const { orm, transactions, store, assigner, tell } = this.deps;
    for (const { id } of await store.read<{ id: string }>(TESTS_OF(agentIds), [...agentIds, ...agentIds])) {
      const agents = await transactions.run(orm.em.fork(), async (inside) => {
        const test = await lockedTest(inside, id);
        return test ? assigner.reconcile(inside, test) : new Set<string>();
      });
      tell(id, agents);
    }
  }
}

/** Processes that share agents find out the same within moments: the second one has nothing to add. */
const SAME_MS = 15_000;

async function remember(sql: RunSql, events: readonly (readonly unknown[])[], alone: boolean): Promise<void> {
  const rows = sql.dialect.rows({ agent: 'text', at: 'bigint', kind: 'text' });
  const known = `select 1 from agent_event e where e.agent_id = v.agent and e.kind = v.kind and e.at > v.at - ${SAME_MS}`;
  if (!alone) await exclusively(sql, 'agent events');
  await sql(
    `insert into agent_event (agent_id, at, kind) select v.agent, v.at, v.kind from ${rows} v where ${alone ? 'true' : `not exists (${known})`}`,
    [JSON.stringify(events)],
  );
}
