import { performance } from 'node:perf_hooks';
import type { RouterBudgets, RouterKey } from '../kernel/router-budget.js';

/** A packet that has no answer after so long, ms, or after so many of the longest round trips, was answered by nobody. */
const LATE_MS = 100;
const LATE_TRIPS = 3;

interface Asked {
  readonly ttl: number;
  readonly at: number;
}

/**
 * What a trace takes of its target's answers without knowing it: a packet to a hop that nobody is known at may already come to the target, which limits its port
 * unreachables as routers limit their errors. Each such packet takes one of them until its fate is known.
 */
export class TargetShare {
  readonly #asked = new Map<number, Asked>();
  /** Smallest TTL at which the target answered. */
  #end = Infinity;
  /** Largest TTL that a router called exceeded: what goes no farther does not come to the target either. */
  #before = 0;
  #longestMs = 0;

  constructor(
    private readonly budgets: RouterBudgets,
    private readonly target: RouterKey,
  ) {}

  /** Takes an answer of the target's, as `RouterBudgets.take`. */
  take(since: bigint | undefined): boolean {
    const late = performance.now() - Math.max(LATE_MS, LATE_TRIPS * this.#longestMs);
    for (const [number, { at }] of this.#asked) if (at < late) this.#settle(number);
    return this.budgets.take(this.target, since);
  }

  /** Whether packets with this TTL end before the target, answered or not. */
  endsBefore(ttl: number): boolean {
    return ttl <= this.#before || (this.#end !== Infinity && ttl < this.#end);
  }

  /** Gives back what was taken for a packet that is not to be sent. */
  giveBack(): void {
    this.budgets.giveBack(this.target);
  }

  /** A packet has gone for which an answer was taken. */
  sent(number: number, ttl: number): void {
    this.#asked.set(number, { ttl, at: performance.now() });
  }

  /**
   * A packet was answered: by the target, by the router at which its TTL was over, or by somebody on the way. Gives whether it was by an answer of the target's
   * that had been taken for it.
   */
  answered(number: number, by: 'target' | 'hop' | 'other', ttl: number): boolean {
    const byTarget = by === 'target';
    if (byTarget) this.#end = Math.min(this.#end, ttl);
    else if (by === 'hop') this.#before = Math.max(this.#before, ttl);
    const asked = this.#asked.get(number);
    if (asked) {
      this.#longestMs = Math.max(this.#longestMs, performance.now() - asked.at);
      this.#asked.delete(number);
      if (!byTarget) this.giveBack();
    }
    // Who is silent needs no patience any more.
    for (const [other, { ttl: itsTtl }] of this.#asked) if (this.endsBefore(itsTtl)) this.#settle(other);
    return asked !== undefined && byTarget;
  }

  /** The trace is over. */
  end(): void {
    for (const number of this.#asked.keys()) this.#settle(number);
  }

  /** What came to the target was answered, though that was lost, or has yet to come. */
  #settle(number: number): void {
    const { ttl = 0 } = this.#asked.get(number) ?? {};
    this.#asked.delete(number);
    if (ttl < this.#end || ttl <= this.#before) this.giveBack();
  }
}
