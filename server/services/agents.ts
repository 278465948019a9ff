import type { EntityManager, FilterQuery } from '../orm.js';
import { Agent } from '../entities/agent.js';
import { AgentStatus } from '../entities/enums.js';
import { notFound } from '../errors.js';
import type { ServerPubSub } from '../pubsub.js';
import { applyDescription, type AgentDescription } from './agent-description.js';
import { containing } from './containing.js';
import type { AuditService, Caller } from './audit.js';
import type { CatalogueService } from './catalogue.js';
import { requireProtocol } from './enrollment.js';
import type { PresenceService } from './presence.js';

/** What a person may change of an agent; undefined and null leave a value as it is. */
export interface AgentChange {
  readonly name?: string | null;
  readonly labels?: Record<string, string> | null;
  readonly disabled?: boolean | null;
}

interface Parts {
  readonly audit: AuditService;
  readonly pubsub: ServerPubSub;
  readonly presence: PresenceService;
  readonly catalogue: CatalogueService;
}

/** The agents as people see and manage them. */
export class AgentService {
  constructor(private readonly parts: Parts) {}

  /** Which agents a list shows: none that was deleted. */
  filter(em: EntityManager, status: AgentStatus | null | undefined, search: string | null | undefined): FilterQuery<Agent> {
    const conditions: FilterQuery<Agent>[] = [{ deletedAt: null }];
    if (status) conditions.push(this.withStatus(status));
    const text = search?.trim();
    if (text) conditions.push(containing<Agent>(em, ['name', 'hostname'], text));
    return { $and: conditions };
  }

  /** @throws ApiError NOT_FOUND */
  async find(em: EntityManager, id: string): Promise<Agent> {
    const agent = await em.findOne(Agent, { id, deletedAt: null });
    if (!agent) throw notFound('agent');
    return agent;
  }

  /** What the agent itself says anew. @throws ApiError NOT_FOUND when it names another installId, UPGRADE_REQUIRED, BAD_USER_INPUT */
  async describe(caller: Caller, id: string, input: AgentDescription): Promise<Agent> {
    requireProtocol(input.protocol);
    const agent = await this.find(caller.em, id);
    if (input.installId !== agent.installId) throw notFound('agent');
    await applyDescription(caller.em, agent, input);
    this.parts.audit.add(caller, { action: 'agent.describe', details: { id: agent.id, version: agent.version } });
    await caller.em.flush();
    await this.parts.catalogue.reload(caller.em.fork());
    this.parts.pubsub.publish('catalogueChanged', {});
    this.tell(agent);
    return agent;
  }

  /** @throws ApiError NOT_FOUND */
  async update(caller: Caller, id: string, change: AgentChange): Promise<Agent> {
    const agent = await this.find(caller.em, id);
    agent.name = change.name ?? agent.name;
    agent.labels = change.labels ?? agent.labels;
    agent.disabled = change.disabled ?? agent.disabled;
    this.parts.audit.add(caller, { action: 'agent.update', subject: `agent:${agent.name}`, details: { id, ...change } });
    await caller.em.flush();
    this.tell(agent);
    return agent;
  }

  /** Soft: its results still name it. Its secret ends, and its socket is closed. @throws ApiError NOT_FOUND */
  async remove(caller: Caller, id: string): Promise<void> {
    const agent = await this.find(caller.em, id);
    agent.deletedAt = new Date();
    this.parts.audit.add(caller, { action: 'agent.delete', subject: `agent:${agent.name}`, details: { id } });
    await caller.em.flush();
    this.parts.presence.forget(id);
    await this.parts.catalogue.reload(caller.em.fork());
    this.parts.pubsub.publish('catalogueChanged', {});
    this.parts.pubsub.publish('credentialRevoked', { kind: 'agent', agentId: id });
    this.tell(agent);
  }

  private tell({ id }: Agent): void {
    this.parts.pubsub.publish('agentChanged', { agentId: id });
    this.parts.pubsub.publish('assignmentsChanged', { agentId: id });
  }

  private withStatus(status: AgentStatus): FilterQuery<Agent> {
    if (status === AgentStatus.DISABLED) return { disabled: true };
    const { presence } = this.parts;
    if (status !== AgentStatus.OFFLINE) return { disabled: false, id: { $in: presence.idsWith(status) } };
    return { disabled: false, id: { $nin: [...presence.idsWith(AgentStatus.ONLINE), ...presence.idsWith(AgentStatus.STALE)] } };
  }
}
