import type { Logger } from 'pino';
import type { Orm } from '../orm.js';
import { AgentStatus } from '../entities/enums.js';
import type { ServerPubSub } from '../pubsub.js';
import type { CatalogueService } from './catalogue.js';
import type { PresenceService } from './presence.js';

interface Parts {
  readonly orm: Orm;
  readonly pubsub: ServerPubSub;
  readonly presence: PresenceService;
  readonly catalogue: CatalogueService;
  readonly log: Logger;
}

/** Keeps what this process holds in memory true while other processes work on the same database. */
export class OtherProcesses {
  private unlisten: (() => void)[] = [];

  constructor(private readonly parts: Parts) {}

  start(): void {
    const { pubsub, presence } = this.parts;
    this.unlisten = [
      pubsub.listen('agentsHeard', ({ agentIds }, origin) => {
        if (origin === 'elsewhere') for (const id of agentIds) presence.heard(id);
      }),
      pubsub.listen('catalogueChanged', (_, origin) => {
        if (origin === 'elsewhere') void this.reloadCatalogue();
      }),
      pubsub.listen('eventsMissed', () => void this.lookAgain()),
    ];
  }

  stop(): void {
    for (const unlisten of this.unlisten.splice(0)) unlisten();
  }

  /** Something was changed that nobody here heard of: agents are told their work again, whatever it is. */
  private async lookAgain(): Promise<void> {
    await this.reloadCatalogue();
    const { pubsub, presence } = this.parts;
    for (const agentId of presence.idsWith(AgentStatus.ONLINE)) pubsub.tellHere('assignmentsChanged', { agentId });
  }

  private async reloadCatalogue(): Promise<void> {
    try {
      await this.parts.catalogue.reload(this.parts.orm.em.fork());
    } catch (error) {
      this.parts.log.error({ err: error }, 'what agents declare could not be read again; the next change tries it anew');
    }
  }
}
