import { EventEmitter, once, setMaxListeners } from 'node:events';
import { LightAgent, type Assigned, type Ear } from './light-agent.js';
import { declaredProbes } from './workload.js';

/** Agents that register at once: more would only wait in the server. */
const REGISTERING = 64;

/** Many agents, and what happened to them. */
export class Swarm implements Ear {
  readonly agents: readonly LightAgent[];
  /** The newest assignments by agent, with the moment (`performance.now()`) they came. */
  readonly assignments = new Map<LightAgent, { readonly at: number; readonly list: readonly Assigned[] }>();
  /** Moment of the newest answered heartbeat by agent. */
  readonly beats = new Map<LightAgent, number>();
  beatsAnswered = 0;
  /** What went wrong, with how often. */
  readonly troubles = new Map<string, number>();
  /** Connections that nobody took: of interest only while the server is there. */
  readonly turnedAways = new Map<string, number>();
  private forgottenAt = -Infinity;
  private readonly changes = new EventEmitter();
  private readonly stopping = new AbortController();
  private living: Promise<unknown> = Promise.resolve();

  constructor(count: number, url: string) {
    setMaxListeners(0, this.stopping.signal); // two an agent
    this.agents = Array.from({ length: count }, (_, index) => new LightAgent(index, url, this));
  }

  /** Registers them all with one token. Returns how long it took, s. @throws Error when one of them is refused */
  async register(token: string): Promise<number> {
    const begin = performance.now();
    const waiting = [...this.agents];
    const probes = declaredProbes();
    const registerNext = async (): Promise<void> => {
      for (let agent = waiting.pop(); agent; agent = waiting.pop()) await agent.register(token, probes);
    };
    await Promise.all(Array.from({ length: REGISTERING }, registerNext));
    return (performance.now() - begin) / 1000;
  }

  /** From now on all are connected, or try to be. */
  connect(): void {
    this.living = Promise.all(this.agents.map((agent) => agent.live(this.stopping.signal)));
  }

  async end(): Promise<void> {
    this.stopping.abort();
    await this.living;
  }

  /** Waits until something holds; looks again at each assignment and heartbeat. @throws Error after so long, ms */
  async until(what: string, holds: () => boolean, longestMs: number): Promise<void> {
    const signal = AbortSignal.timeout(longestMs);
    while (!holds()) {
      try {
        await once(this.changes, 'change', { signal });
      } catch (error) {
        throw new Error(`${what}: not within ${longestMs / 1000} s (${this.told()})`, { cause: error });
      }
    }
  }

  /** How many agents have answered heartbeats, and assignments, since a moment. */
  backSince(moment: number): number {
    return this.agents.filter((agent) => (this.beats.get(agent) ?? 0) > moment && (this.assignments.get(agent)?.at ?? 0) > moment).length;
  }

  told(): string {
    const list = (counts: ReadonlyMap<string, number>): string => [...counts].map(([reason, count]) => `${count} × ${reason}`).join('; ');
    return `trouble: ${list(this.troubles) || 'none'}; turned away: ${list(this.turnedAways) || 'none'}`;
  }

  forgetTroubles(): void {
    this.troubles.clear();
    this.turnedAways.clear();
    this.forgottenAt = performance.now();
  }

  assigned(agent: LightAgent, list: readonly Assigned[]): void {
    this.assignments.set(agent, { at: performance.now(), list });
    this.changes.emit('change');
  }

  beat(agent: LightAgent): void {
    this.beats.set(agent, performance.now());
    this.beatsAnswered += 1;
    this.changes.emit('change');
  }

  trouble(_agent: LightAgent, reason: string): void {
    this.troubles.set(reason, (this.troubles.get(reason) ?? 0) + 1);
  }

  turnedAway(_agent: LightAgent, reason: string, triedAt: number): void {
    // Told late of a server that was not there yet.
    if (triedAt < this.forgottenAt) return;
    this.turnedAways.set(reason, (this.turnedAways.get(reason) ?? 0) + 1);
  }
}
