import type { Identity } from './identity.js';
import type { Core } from './operations.js';
import type { CredentialRef } from './pubsub.js';
import type { Credential } from './services/authentication.js';

/** An open socket and the credential that it lives by. */
export interface LiveSocket {
  readonly credential: Credential;
  readonly remoteAddress: string;
  /** As of its newest operation. */
  identity: Identity;
  /** Whether it is closed, or about to be. */
  readonly hasGone: () => boolean;
  /** Until when its identity may send nothing more, by `performance.now()`; undefined where that was never so. */
  limitedUntil?: number;
  close(code: number, reason: string): void;
}

/** The code for a credential that was valid and no longer is. */
export const CLOSE_REVOKED = 4401;

/** Closes sockets whose credential stops being valid: at once when this process hears of it, else at the next check. */
export class LiveSockets {
  private readonly open = new Set<LiveSocket>();
  private readonly unlisten: () => void;
  private readonly timer: NodeJS.Timeout;
  private checking: Promise<void> = Promise.resolve();

  constructor(private readonly core: Core) {
    this.unlisten = core.pubsub.listen('credentialRevoked', (revoked) => {
      for (const socket of [...this.open]) if (belongsTo(socket.identity, revoked)) this.revoke(socket);
    });
    this.timer = setInterval(() => {
      this.checking = this.checkAll();
    }, core.config.revocationCheckSeconds * 1000);
  }

  add(socket: LiveSocket): void {
    this.open.add(socket);
  }

  remove(socket: LiveSocket): void {
    this.open.delete(socket);
  }

  /** How many there are, by the kind of their identity. */
  byKind(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { identity } of this.open) counts[identity.kind] = (counts[identity.kind] ?? 0) + 1;
    return counts;
  }

  /** Stops watching; the sockets themselves are closed by whoever opened them. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.unlisten();
    await this.checking;
  }

  /** Catches what no event tells: sessions that ran out, and what another process revoked. */
  private async checkAll(): Promise<void> {
    const sockets = [...this.open];
    try {
      for (const socket of await this.invalidOf(sockets)) this.revoke(socket);
    } catch (error) {
      this.core.log.error({ err: error }, 'cannot check the credentials of sockets; it is tried again');
    }
  }

  private async invalidOf(sockets: readonly LiveSocket[]): Promise<LiveSocket[]> {
    const { authentication } = this.core.services;
    const em = this.core.orm.em.fork();
    const agents = sockets.filter(({ credential }) => credential.kind === 'agent');
    const valid = await authentication.validAgents(
      em,
      agents.map(({ credential }) => credential.hash),
    );
    const invalid = agents.filter(({ credential }) => !valid.has(credential.hash));
    for (const socket of sockets) {
      if (socket.credential.kind !== 'agent' && !(await authentication.identify(em, socket.credential))) invalid.push(socket);
    }
    return invalid;
  }

  private revoke(socket: LiveSocket): void {
    this.open.delete(socket);
    socket.close(CLOSE_REVOKED, 'The credential is no longer valid');
  }
}

function belongsTo(identity: Identity, revoked: CredentialRef): boolean {
  switch (revoked.kind) {
    case 'user':
      return (
        identity.kind === 'user' && identity.user.id === revoked.userId && (revoked.sessionId ?? identity.sessionId) === identity.sessionId
      );
    case 'token':
      return (identity.kind === 'api' || identity.kind === 'enrollment') && identity.token.id === revoked.tokenId;
    case 'agent':
      return identity.kind === 'agent' && identity.agent.id === revoked.agentId;
  }
}
