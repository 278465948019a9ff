import { Agent } from '../entities/agent.js';
import { Target } from '../entities/target.js';
import type { Orm } from '../orm.js';
import type { ServerPubSub } from '../pubsub.js';
import { byKeys } from './by-keys.js';
import type { Store } from './store.js';
import { together } from './together.js';

/**
 * What a heartbeat tells of the clock and of the host changes without an event: what is older than this is read again, ms. Thousands of agents are read
 * again and again otherwise, each for the sake of its name.
 */
const FRESH_MS = 600_000;
const MOST = 10_000;

/** What the results that are told of name: their agents and targets, which are few, and would be read again for each result. */
export interface Named {
  /** An agent, its last heartbeat's figures at most 10 min old; changes that are told of, and when it was heard last, are seen at once. @throws Error where it is not in the database */
  agent(id: string): Agent | Promise<Agent>;
  /** A target; they never change. @throws Error where it is not in the database */
  target(id: string): Target | Promise<Target>;
}

/** Keeps what was read until an event says that it changed, or time is over. */
export class NamedThings implements Named {
  private readonly agents: Kept<Agent>;
  private readonly targets: Kept<Target>;

  constructor(orm: Orm, store: Pick<Store, 'read'>, pubsub: Pick<ServerPubSub, 'listen'>) {
    this.agents = new Kept((ids) => byKeys(store, orm.em.fork(), Agent, [...ids]), FRESH_MS);
    this.targets = new Kept((ids) => byKeys(store, orm.em.fork(), Target, [...ids]), Infinity);
    pubsub.listen('agentChanged', ({ agentId }) => this.agents.forget(agentId));
    pubsub.listen('agentsHeard', ({ agentIds }) => {
      const lastSeenAt = new Date();
      for (const id of agentIds) Object.assign(this.agents.kept(id) ?? {}, { lastSeenAt });
    });
    pubsub.listen('eventsMissed', () => this.agents.forgetAll());
  }

  agent(id: string): Agent | Promise<Agent> {
    return this.agents.get(id);
  }

  target(id: string): Target | Promise<Target> {
    return this.targets.get(id);
  }
}

interface Entry<T> {
  readonly until: number;
  readonly value: T;
}

class Kept<T extends { readonly id: string }> {
  private readonly entries = new Map<string, Entry<T>>();
  /** Counts what was forgotten: what was being read by then may be from before. */
  private forgotten = 0;

  private readonly load: (id: string) => Promise<T>;

  constructor(
    private readonly read: (ids: ReadonlySet<string>) => Promise<T[]>,
    private readonly ms: number,
  ) {
    this.load = together((ids) => this.find(ids));
  }

  get(id: string): T | Promise<T> {
    const entry = this.entries.get(id);
    return entry && entry.until > performance.now() ? entry.value : this.load(id);
  }

  /** What is kept of it, however old. */
  kept(id: string): T | undefined {
    return this.entries.get(id)?.value;
  }

  forget(id: string): void {
    this.forgotten += 1;
    this.entries.delete(id);
  }

  forgetAll(): void {
    this.forgotten += 1;
    this.entries.clear();
  }

  private async find(ids: readonly string[]): Promise<(T | Error)[]> {
    const { forgotten } = this;
    const values = await this.read(new Set(ids));
    if (forgotten === this.forgotten) this.keep(values);
    const found = new Map(values.map((value) => [value.id, value]));
    return ids.map((id) => found.get(id) ?? new Error(`${id} is not in the database`));
  }

  private keep(values: readonly T[]): void {
    if (this.entries.size + values.length > MOST) this.entries.clear();
    const until = performance.now() + this.ms;
    for (const value of values) this.entries.set(value.id, { until, value });
  }
}
