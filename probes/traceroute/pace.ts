import { ROUTER_PACE_MS, type RouterBudgets, type RouterKey } from '../kernel/router-budget.js';
import type { Mode } from './channel.js';
import type { Path } from './path.js';
import type { Answer } from './reader.js';
import { KNOWN_TURN_MS, TURN_MS } from './settings.js';
import { TargetShare } from './target-share.js';

/** That a packet may go, and whose answer it takes; no router's where none is to be spared. */
export interface Turn {
  readonly router: RouterKey | undefined;
  /** It may come to the target as well, one of whose answers was taken for it. */
  readonly mayReach?: boolean;
}

const NOBODY: Turn = { router: undefined };

/** Whom a trace asks, as far as that says who is to be spared. */
export interface Course {
  readonly family: 4 | 6;
  readonly mode: Mode;
  readonly target: string;
  /** Time between two packets to a router that its settings allow, ms. */
  readonly paceMs: number;
  /** The way that an earlier trace of this test found. */
  readonly remembered: Pick<Path, 'reached' | 'hops'> | undefined;
}

/**
 * Asks the budgets of the routers on a trace's way, which it shares with all other traces, before it sends. Who answers a packet is known afterwards: until then
 * it is taken for the routers that answered there before, in this trace or the one before it, else for whoever was last met at so many hops.
 */
export class Pace {
  readonly #met = new Map<number, Set<string>>();
  /** Whose answers were taken, by the number of the packet. */
  readonly #taken = new Map<number, RouterKey>();
  /** Routers that have answered this trace. */
  readonly #spoke = new Set<RouterKey>();
  readonly #keys = new Map<string, RouterKey>();
  readonly #since: bigint | undefined;
  /** Undefined where what the target answers is not limited. */
  readonly #share: TargetShare | undefined;

  /** @param budgets undefined where nobody is to be spared */
  constructor(
    private readonly budgets: RouterBudgets | undefined,
    private readonly course: Course,
  ) {
    this.#since = budgets?.since();
    const { mode, target } = course;
    this.#share = budgets && mode === 'udp' ? new TargetShare(budgets, this.#keyOf(target)) : undefined;
  }

  /** How long a hop that has not been asked yet is to wait for its turn: who is remembered may be told without it. */
  patienceMs(ttl: number): number {
    const { remembered, mode, target } = this.course;
    const [known] = remembered?.hops[ttl - 1] ?? [];
    return known === undefined || (mode === 'udp' && known === target) ? TURN_MS : KNOWN_TURN_MS;
  }

  /**
   * Takes a turn at a hop, at one of the routers `among` those that are known to answer there where several are. Undefined: later.
   *
   * @param isFirst the hop has not been asked yet: whoever only wants more of one lets it pass
   */
  take(ttl: number, isFirst: boolean, among: readonly string[] = []): Turn | undefined {
    const { budgets } = this;
    if (!budgets) return NOBODY;
    const routers = this.#routersAt(ttl, among);
    // Who asks faster than routers are to be asked wants to see their limit.
    if (this.course.paceMs < ROUTER_PACE_MS || routers.length === 0) return NOBODY;
    const since = isFirst ? this.#since : undefined;
    const share = this.#isNobodyKnownAt(ttl, among) ? this.#share : undefined;
    if (share && !share.take(since)) return undefined;
    for (const router of routers) if (budgets.take(router, since)) return { router, mayReach: share !== undefined };
    share?.giveBack();
    return undefined;
  }

  /** A packet has gone in its turn. */
  sent(number: number, ttl: number, { router, mayReach = false }: Turn): void {
    if (router !== undefined) this.#taken.set(number, router);
    if (mayReach) this.#share?.sent(number, ttl);
  }

  /** A packet was answered. Of the target only what it answers as routers do is limited: its ICMP errors. */
  answered({ number, kind, from }: Answer, { ttl, flow }: { readonly ttl: number; readonly flow: number }): void {
    const { budgets } = this;
    if (!budgets) return;
    if (flow === 0 && kind !== 'too-big') {
      const met = this.#met.get(ttl) ?? new Set<string>();
      this.#met.set(ttl, met.add(from));
    }
    const router = kind === 'reply' ? undefined : this.#keyOf(from);
    if (router !== undefined && flow === 0 && kind === 'expired') budgets.meet(this.course.family, ttl, router);
    const asked = this.#taken.get(number);
    this.#taken.delete(number);
    const taken = asked === undefined ? undefined : budgets.known(asked);
    const by = from === this.course.target && kind !== 'reply' ? 'target' : kind === 'expired' ? 'hop' : 'other';
    const isPaid = this.#share?.answered(number, by, ttl) ?? false;
    if (router !== taken) {
      if (taken !== undefined) budgets.giveBack(taken);
      if (router !== undefined && !isPaid) budgets.charge(router);
    }
    if (router !== undefined) this.#spoke.add(router);
  }

  /** The trace is over: who has not answered any of its packets has spent nothing on them. */
  end(): void {
    const { budgets } = this;
    if (budgets) for (const router of this.#taken.values()) if (!this.#spoke.has(budgets.known(router))) budgets.giveBack(router);
    this.#taken.clear();
    this.#share?.end();
  }

  #routersAt(ttl: number, among: readonly string[]): RouterKey[] {
    const { remembered, family, mode, target } = this.course;
    const [met, before] = [this.#met.get(ttl), remembered?.hops[ttl - 1] ?? []];
    const known = among.length > 0 ? among : met ? [...met] : before;
    // Echo replies and what TCP answers are not limited.
    if (known.length > 0) return known.filter((address) => mode === 'udp' || address !== target).map((address) => this.#keyOf(address));
    // Where the target does not answer, nobody behind the last hop did.
    if (remembered && !remembered.reached && ttl > remembered.hops.length) return [];
    return this.budgets ? [this.budgets.atHop(family, ttl)] : [];
  }

  /** A hop of a way that led to the target before, or before one that was met, is on this side of it, though it be silent. */
  #isNobodyKnownAt(ttl: number, among: readonly string[]): boolean {
    const { remembered } = this.course;
    const isBefore = (remembered?.reached && ttl <= remembered.hops.length) ?? false;
    return among.length === 0 && !this.#met.has(ttl) && !isBefore && !this.#share?.endsBefore(ttl);
  }

  #keyOf(name: string): RouterKey {
    const key = this.#keys.get(name) ?? this.budgets?.keyOf(name) ?? 0n;
    this.#keys.set(name, key);
    return key;
  }
}
