import type { EntityManager } from '../orm.js';
import { Agent } from '../entities/agent.js';
import { ApiToken } from '../entities/api-token.js';
import { ApiError, forbidden, unauthenticated, upgradeRequired } from '../errors.js';
import type { ServerPubSub } from '../pubsub.js';
import { hashSecret, newSecret } from '../secrets.js';
import { applyDescription, type AgentDescription } from './agent-description.js';
import type { AuditService, Caller } from './audit.js';
import type { CatalogueService } from './catalogue.js';
import type { Refusals } from './refusals.js';
import { exclusively, sqlOf } from './store.js';

/** The version of what agents and servers say to each other. */
export const PROTOCOL = 1;

/** An agent and its own secret, which is shown this once. */
export interface Enrolled {
  readonly agent: Agent;
  readonly secret: string;
}

/** @throws ApiError UPGRADE_REQUIRED */
export function requireProtocol(protocol: number): void {
  if (protocol === PROTOCOL) return;
  const older = protocol < PROTOCOL ? 'agent' : 'server';
  throw upgradeRequired(`The agent speaks protocol ${protocol}, this server ${PROTOCOL}: upgrade the ${older}.`);
}

/** Registers agents: one installId is one agent. */
export class EnrollmentService {
  constructor(
    private readonly audit: AuditService,
    private readonly refusals: Refusals,
    private readonly pubsub: ServerPubSub,
    private readonly catalogue: CatalogueService,
  ) {}

  /**
   * Registers an agent with the caller's enrolment token. Until the agent's secret was first used, the same token gives the same
   * installId a new secret without counting again, since the reply may have been lost. A known installId with a token that has
   * uses left is taken over: its old secret ends.
   *
   * @throws ApiError UPGRADE_REQUIRED, BAD_USER_INPUT, FORBIDDEN when the token's uses are over, UNAUTHENTICATED when it was revoked meanwhile
   */
  async register(caller: Caller, tokenId: string, input: AgentDescription): Promise<Enrolled> {
    requireProtocol(input.protocol);
    const secret = newSecret('agent');
    const { agent, isKnown } = await this.rememberingRefusals(caller, input, async (em) => {
      // Uses of a token are counted, and an installation becomes one agent, however many ask at once.
      await exclusively(sqlOf(em), 'registration');
      const token = await em.findOne(ApiToken, { id: tokenId, revokedAt: null }, { refresh: true });
      if (!token) throw unauthenticated('The token was revoked.');
      const known = await em.findOne(Agent, { installId: input.installId, deletedAt: null }, { populate: ['token'] });
      const isRepeated = known?.token?.id === token.id && known.secretUsedAt === null;
      if (!isRepeated) countUse(token);
      const enrolled = await this.enrol(em, known, token, input, secret);
      const details = { id: enrolled.id, token: token.name, repeated: isRepeated, takenOver: known !== null && !isRepeated };
      this.audit.add({ ...caller, em }, { action: 'agent.register', subject: `agent:${enrolled.name}`, details });
      return { agent: enrolled, isKnown: known !== null };
    });
    if (isKnown || !this.catalogue.knows(agent.probes)) {
      await this.catalogue.reload(caller.em.fork());
      this.pubsub.publish('catalogueChanged', {});
    }
    if (isKnown) this.pubsub.publish('credentialRevoked', { kind: 'agent', agentId: agent.id });
    this.pubsub.publish('agentChanged', { agentId: agent.id });
    return { agent, secret };
  }

  /** In a transaction; what it refuses is remembered once that is undone. */
  private async rememberingRefusals<T>(caller: Caller, { name }: AgentDescription, work: (em: EntityManager) => Promise<T>): Promise<T> {
    try {
      return await caller.em.transactional(work);
    } catch (error) {
      if (error instanceof ApiError && ['FORBIDDEN', 'UNAUTHENTICATED'].includes(error.code))
        await this.refusals.note(caller, { action: 'agent.register.refused', subject: `agent:${name}` });
      throw error;
    }
  }

  private async enrol(em: EntityManager, known: Agent | null, token: ApiToken, input: AgentDescription, secret: string): Promise<Agent> {
    const agent = known ?? Object.assign(new Agent(), { installId: input.installId });
    agent.name = input.name;
    agent.labels = input.labels ?? agent.labels;
    agent.token = token;
    agent.secretHash = hashSecret(secret);
    agent.secretUsedAt = null;
    await applyDescription(em, agent, input);
    em.persist(agent);
    return agent;
  }
}

function countUse(token: ApiToken): void {
  if (token.maxUses !== null && token.uses >= token.maxUses)
    throw forbidden('This token was used as often as it may be: make a new one for this agent.');
  token.uses += 1;
  token.lastUsedAt = new Date();
}
