import { Agent } from '../entities/agent.js';
import { Target } from '../entities/target.js';
import type { Orm } from '../orm.js';
import type { ServerPubSub } from '../pubsub.js';

/** Agents change when they beat, without an event: what is older than this is read again, ms. */
const FRESH_MS = 30_000;
const MOST = 10_000;
/** Nothing else of the reading is kept with them. */
const ALONE = { disableIdentityMap: true } as const;

/** What the results that are told of name: their agents and targets, which are few, and would be read again for each result. */
export interface Named {
  /** An agent as it was at most 30 s ago; changes that are told of are seen at once. @throws Error where it is not in the database */
  agent(id: string): Agent | Promise<Agent>;
  /** A target; they never change. @throws Error where it is not in the database */
  target(id: string): Target | Promise<Target>;
}

/** Keeps what was read until an event says that it changed, or time is over. */
export class NamedThings implements Named {
  private readonly agents: Kept<Agent>;
  private readonly targets: Kept<Target>;

  constructor(orm: Orm, pubsub: Pick<ServerPubSub, 'listen'>) {
    this.agents = new Kept((ids) => orm.em.fork().find(Agent, { id: { $in: [...ids] } }, ALONE), FRESH_MS);
    this.targets = new Kept((ids) => orm.em.fork().find(Target, { id: { $in: [...ids] } }, ALONE), Infinity);
    pubsub.listen('agentChanged', ({ agentId }) => this.agents.forget(agentId));
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
  private asked: { readonly ids: Set<string>; readonly found: Promise<ReadonlyMap<string, T>> } | undefined;
  /** Counts what was forgotten: what was being read by then may be from before. */
  private forgotten = 0;

  constructor(
    private readonly read: (ids: ReadonlySet<string>) => Promise<T[]>,
    private readonly ms: number,
  ) {}

  get(id: string): T | Promise<T> {
    const entry = this.entries.get(id);
    return entry && entry.until > performance.now() ? entry.value : this.load(id);
  }

  forget(id: string): void {
    this.forgotten += 1;
    this.entries.delete(id);
  }

  forgetAll(): void {
    this.forgotten += 1;
    this.entries.clear();
  }

  /** Those that are asked for in one turn are read together. */
  private async load(id: string): Promise<T> {
    this.asked ??= this.ask();
    this.asked.ids.add(id);
    const value = (await this.asked.found).get(id);
    if (!value) throw new Error(`${id} is not in the database`);
    return value;
  }

  private ask(): { readonly ids: Set<string>; readonly found: Promise<ReadonlyMap<string, T>> } {
    const ids = new Set<string>();
    const found = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      this.asked = undefined;
      return this.find(ids);
    });
    return { ids, found };
  }

  private async find(ids: ReadonlySet<string>): Promise<ReadonlyMap<string, T>> {
    const { forgotten } = this;
    const values = await this.read(ids);
    if (forgotten === this.forgotten) this.keep(values);
    return new Map(values.map((value) => [value.id, value]));
  }

  private keep(values: readonly T[]): void {
    if (this.entries.size + values.length > MOST) this.entries.clear();
    const until = performance.now() + this.ms;
    for (const value of values) this.entries.set(value.id, { until, value });
  }
}
