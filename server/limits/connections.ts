import type { Identity } from '../identity.js';
import type { SettingsService } from '../services/settings/settings.js';
import { addressKey } from './address-key.js';
import { identityKey } from './operation-rates.js';
import type { LiveSocket } from '../live-sockets.js';
import type { GiveBack, Places } from './places.js';

/** The code for a connection more than an identity may have. No client takes it for final: one that is closed may make room. */
export const CLOSE_TOO_MANY = 4430;

/** Counts open sockets: by identity once they are acknowledged, those of people and integrations with all processes together; by address before, in this process. */
export class Connections {
  private readonly byIdentity = new Map<string, Set<LiveSocket>>();
  private readonly pending = new Map<string, number>();
  private readonly held = new WeakMap<LiveSocket, GiveBack>();

  constructor(
    private readonly settings: Pick<SettingsService, 'get'>,
    private readonly places: Places,
  ) {}

  /** Counts a socket that has not said who it is; false when its address has too many of those. */
  open(address: string): boolean {
    const key = addressKey(address);
    const count = this.pending.get(key) ?? 0;
    if (count >= this.settings.get('limits.pendingConnectionsPerAddress')) return false;
    this.pending.set(key, count + 1);
    return true;
  }

  /** A socket that `open` counted is acknowledged, refused or gone. */
  known(address: string): void {
    const key = addressKey(address);
    const count = (this.pending.get(key) ?? 0) - 1;
    if (count > 0) this.pending.set(key, count);
    else this.pending.delete(key);
  }

  /**
   * Counts an acknowledged socket; false when a person or an integration has too many.
   * An agent that lost its connection without a farewell comes back on a new one: of an agent the oldest is closed instead.
   */
  async add(live: LiveSocket): Promise<boolean> {
    const key = identityKey(live.identity, live.remoteAddress);
    if (!isOfPeople(live.identity)) return this.addHere(key, live);
    const giveBack = await this.places.take(key, this.most(live));
    if (giveBack) this.held.set(live, giveBack);
    return giveBack !== undefined;
  }

  private addHere(key: string, live: LiveSocket): boolean {
    const open = this.byIdentity.get(key) ?? new Set();
    const [oldest] = open;
    if (open.size >= this.most(live)) {
      if (live.identity.kind !== 'agent' || !oldest) return false;
      open.delete(oldest);
      oldest.close(CLOSE_TOO_MANY, 'The agent has newer connections');
    }
    this.byIdentity.set(key, open.add(live));
    return true;
  }

  /** A socket that `add` counted has closed. */
  remove(live: LiveSocket): void {
    this.held.get(live)?.();
    const key = identityKey(live.identity, live.remoteAddress);
    const open = this.byIdentity.get(key);
    open?.delete(live);
    if (open?.size === 0) this.byIdentity.delete(key);
  }

  private most({ identity: { kind } }: LiveSocket): number {
    if (kind === 'agent') return this.settings.get('limits.connectionsPerAgent');
    // Agents that enrol are counted by their address: a whole house of them may come at once.
    return this.settings.get(kind === 'enrollment' ? 'limits.pendingConnectionsPerAddress' : 'limits.connectionsPerIdentity');
  }
}

/** People and integrations may be at any process at once; an agent is at one, and a question to Redis for each would cost more than it saves. */
export function isOfPeople({ kind }: Identity): boolean {
  return kind !== 'agent' && kind !== 'enrollment' && kind !== 'nobody';
}
