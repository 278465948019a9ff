import type { EntityManager, Orm } from '../../orm.js';
import type { Logger } from 'pino';
import { Agent } from '../../entities/agent.js';
import { AgentStatus } from '../../entities/enums.js';
import { TestAssignment } from '../../entities/test-assignment.js';
import { Test } from '../../entities/test.js';
import type { ServerPubSub } from '../../pubsub.js';
import type { PresenceService } from '../presence.js';
import { sqlOf } from '../store.js';
import { agentTarget } from '../targets.js';
import { Target } from '../../entities/target.js';
import type { Assigner } from './assign.js';

interface AgentWatchDeps {
  readonly orm: Orm;
  readonly pubsub: ServerPubSub;
  readonly log: Logger;
  readonly presence: PresenceService;
  readonly assigner: Assigner;
  readonly tell: (testId: string, agents: Iterable<string>) => void;
}

interface Seen {
  /** What assignments depend on: probes, addresses, whether it is there. */
  readonly abilities: string;
  readonly offline: boolean;
  readonly dropped: number;
}

/** Follows agents: judges their assignments again when their probes or addresses change, and remembers what explains gaps. */
export class AgentWatch {
  private readonly seen = new Map<string, Seen>();
  private changes: AsyncIterator<{ readonly agentId: string }> | undefined;
  private listening: Promise<void> | undefined;

  constructor(private readonly deps: AgentWatchDeps) {}

  async start(): Promise<void> {
    for (const agent of await this.deps.orm.em.fork().find(Agent, {})) this.seen.set(agent.id, this.look(agent));
    const changes = this.deps.pubsub.subscribe('agentChanged');
    this.changes = changes[Symbol.asyncIterator]();
    this.listening = this.listen(this.changes);
  }

  async stop(): Promise<void> {
    await this.changes?.return?.();
    await this.listening;
  }

  private async listen(changes: AsyncIterator<{ readonly agentId: string }>): Promise<void> {
    for (;;) {
      const { done, value } = await changes.next();
      if (done) return;
      try {
        await this.follow(value.agentId);
      } catch (error) {
        // The next change of the agent tries again: what was seen is remembered only after it was dealt with.
        this.deps.log.error({ err: error, agentId: value.agentId }, "an agent's change could not be followed");
      }
    }
  }

  private look(agent: Agent): Seen {
    const abilities = JSON.stringify([agent.probes, agent.addresses, agent.deletedAt !== null]);
    return { abilities, offline: this.deps.presence.statusOf(agent) === AgentStatus.OFFLINE, dropped: agent.droppedResults };
  }

  private async follow(agentId: string): Promise<void> {
    const em = this.deps.orm.em.fork();
    const agent = await em.findOne(Agent, { id: agentId });
    if (!agent) return;
    const before = this.seen.get(agentId);
    const now = this.look(agent);
    const kinds: string[] = [];
    if (before && before.offline !== now.offline) kinds.push(now.offline ? 'OFFLINE' : 'BACK');
    if (before && now.dropped > before.dropped) kinds.push('DROPPED');
    for (const kind of kinds) await sqlOf(em)('insert into agent_event (agent_id, at, kind) values (?, ?, ?)', [agentId, Date.now(), kind]);
    if (before?.abilities !== now.abilities) await this.judgeAgain(agent);
    this.seen.set(agentId, now);
  }

  private async judgeAgain(agent: Agent): Promise<void> {
    const em = this.deps.orm.em.fork();
    const asTarget = await em.find(Target, { address: agentTarget(agent.id).address }, { fields: ['id'] });
    const live = { endedAt: null, test: { deletedAt: null } };
    const mine = await em.find(TestAssignment, { ...live, $or: [{ agent: agent.id }, { target: { $in: asTarget.map(({ id }) => id) } }] });
    for (const id of new Set(mine.map(({ test }) => test.id))) {
      const agents = await em.fork().transactional(async (transaction) => {
        const inside = transaction as EntityManager;
        return this.deps.assigner.reconcile(inside, await inside.findOneOrFail(Test, { id }));
      });
      this.deps.tell(id, agents);
    }
  }
}
