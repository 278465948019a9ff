import { performance } from 'node:perf_hooks';
import { Multipath, type Query } from './multipath.js';
import { BURST_ROUNDS, MULTIPATH_MS, type TracerouteSettings } from './settings.js';
import type { Sent, Trace } from './trace.js';

/** A packet that gets no answer is sent again so often: routers that limit their answers answer the next one. */
const TRIES = 4;

interface Asked {
  readonly query: Query;
  readonly sent: Sent;
  readonly at: number;
}

/**
 * How many packets a hop may be sent: each of its routers a burst, and then one every `paceMs`, as they limit their answers (icmp(7), icmp_ratelimit).
 * Flows spread evenly over the routers that were found.
 */
class Allowance {
  #left: number;
  #at = performance.now();

  constructor(
    used: number,
    private readonly paceMs: number,
  ) {
    this.#left = Math.max(0, BURST_ROUNDS - used);
  }

  /** Whether a packet may go. */
  allows(routers: number): boolean {
    const now = performance.now();
    this.#left = Math.min(BURST_ROUNDS * routers, this.#left + ((now - this.#at) / this.paceMs) * routers);
    this.#at = now;
    return this.#left >= 1;
  }

  /** One has gone. */
  count(): void {
    this.#left -= 1;
  }
}

/** What a detection asks of the trace that it belongs to. */
export type Explorer = Pick<Trace, 'sent' | 'addressAt' | 'send' | 'pause' | 'isOver' | 'heardUntil' | 'patienceMs'>;

/** What a detection found. */
export interface Explored {
  readonly multipath: Multipath;
  /** It ended before all ways were found, or could not be. */
  readonly cutShort: boolean;
}

/** Finds all equal-cost ways to a target that a trace has reached at TTL `end`, by more flows of its own. All hops are asked side by side. */
export async function explore(
  trace: Explorer,
  settings: Pick<TracerouteSettings, 'rounds' | 'paceMs'>,
  end: number,
  target: string,
): Promise<Explored> {
  const hops = Array.from({ length: end - 1 }, (_, index) => trace.addressAt(index + 1));
  return new Exploration(trace, settings, new Multipath(hops, target), end).run();
}

class Exploration {
  readonly #under = new Map<string, Asked>();
  readonly #tries = new Map<string, number>();
  /** When what got no answer may be sent again: a router that limits its answers has none sooner, `performance.now()`. */
  readonly #again = new Map<string, number>();
  readonly #paces: readonly Allowance[];

  constructor(
    private readonly trace: Explorer,
    private readonly settings: Pick<TracerouteSettings, 'rounds' | 'paceMs'>,
    private readonly multipath: Multipath,
    end: number,
  ) {
    this.#paces = Array.from({ length: end }, () => new Allowance(settings.rounds, settings.paceMs));
  }

  async run(): Promise<Explored> {
    const until = performance.now() + MULTIPATH_MS;
    let queries = this.#next();
    while ((queries.length > 0 || this.#under.size > 0) && !this.trace.isOver && performance.now() < until) {
      this.#send(queries);
      await this.trace.pause();
      this.#hear();
      queries = this.#next();
    }
    const { multipath } = this;
    return { multipath, cutShort: queries.length > 0 || this.#under.size > 0 || multipath.isCutShort || !this.#isWhole };
  }

  /** Whether each hop was asked: one that was not is no silent one, and there may be any number of ways through it. */
  get #isWhole(): boolean {
    const asked = new Set(this.trace.sent.flatMap(({ ttl, flow }) => (flow === 0 ? ttl : [])));
    return this.#paces.every((_, index) => asked.has(index + 1));
  }

  /** What is to be sent and is not under way. */
  #next(): Query[] {
    return this.multipath.queries.filter((query) => !this.#under.has(keyOf(query)));
  }

  #send(queries: readonly Query[]): void {
    const { nodes } = this.multipath;
    for (const query of queries) {
      if (performance.now() < (this.#again.get(keyOf(query)) ?? 0)) continue;
      const [pace, routers = []] = [this.#paces[query.ttl - 1], nodes[query.ttl - 1]];
      if (!pace?.allows(Math.max(1, routers.length))) continue;
      const sent = this.trace.send(query, routers);
      if (this.trace.isOver) return;
      if (!sent) continue;
      pace.count();
      const key = keyOf(query);
      this.#under.set(key, { query, sent, at: performance.now() });
      this.#tries.set(key, (this.#tries.get(key) ?? 0) + 1);
    }
  }

  #hear(): void {
    for (const [key, { query, sent, at }] of this.#under) {
      const { answer } = sent;
      const isLate = this.trace.heardUntil - at > this.trace.patienceMs;
      if (!answer && !isLate) continue;
      this.#under.delete(key);
      if (answer && answer.kind !== 'too-big') this.multipath.tell(query, answer.from);
      else if ((this.#tries.get(key) ?? 0) >= TRIES) this.multipath.tell(query, null);
      else this.#again.set(key, performance.now() + this.settings.paceMs);
    }
  }
}

const keyOf = ({ ttl, flow }: Query): string => `${ttl} ${flow}`;
