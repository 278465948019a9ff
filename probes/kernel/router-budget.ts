import { createHash } from 'node:crypto';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';

/** Packets to one router at once: Linux answers six to one host and then one a second (icmp(7), icmp_ratelimit), and the sixth is for who meets the neighbour. */
export const ROUTER_BURST = 5;
/** Time in which a router that was asked so often may be asked once more, ms. */
export const ROUTER_PACE_MS = 1100;

/** Time in which the neighbour may be met once on top of that, ms: what a second and this pace differ by makes up for it. */
const SPARE_MS = 15_000;

const SPARE = BigInt(SPARE_MS * 1000);
const PACE = BigInt(ROUTER_PACE_MS * 1000);
const FULL = PACE * BigInt(ROUTER_BURST);
/** A packet so much early is in time, microseconds: of two rounds a pace apart the one takes a little longer to send than the other. */
const TOLERANCE = 50_000n;

/** Routers remembered: each for five paces after it was asked last. */
const SLOTS = 2048;
/** Words of a slot: the router, when its budget is full again, since when the eldest has waited for it, and until when that is believed. */
const [FULL_AT, SINCE, UNTIL, SLOT] = [1, 2, 3, 4] as const;
/** Who waits says so again before this is over, microseconds. */
const BELIEVED = 100_000n;
/** A router stands in one of so many slots from its own on. */
const WINDOW = 8;
/** A TTL is one byte (RFC 791). */
const TTLS = 256;
/** Words of a hop: who was met there last, and who first. */
const [LAST, FIRST, HOP] = [0, 1, 2] as const;
const WORDS = SLOT * SLOTS + 2 * TTLS * HOP;
const SHARED = 'streamswarm router budgets';

/** Names a router. */
export type RouterKey = bigint;

const microseconds = (): bigint => process.hrtime.bigint() / 1000n;

/**
 * How many answers routers have left for this host, in memory that all threads may share: each run asks before it sends, so that together they ask no router for
 * more than it gives. A bucket is one number, the time at which it is full again (the generic cell rate algorithm, ITU-T I.371), and one that is full is as good as
 * none.
 */
export class RouterBudgets {
  readonly #words: BigInt64Array;
  /** Who stands for whoever is first met at a hop, by its place, and the other way round. */
  readonly #somebody = new Map<number, RouterKey>();
  readonly #placeOfSomebody = new Map<RouterKey, number>();

  /** @param now microseconds, of one clock for all threads */
  constructor(
    memory = new SharedArrayBuffer(WORDS * BigInt64Array.BYTES_PER_ELEMENT),
    private readonly now: () => bigint = microseconds,
  ) {
    this.#words = new BigInt64Array(memory);
  }

  /** @param name its address, or whatever else stands for one router */
  keyOf(name: string): RouterKey {
    const key = createHash('sha256').update(name).digest().readBigInt64LE(0);
    return key === 0n ? 1n : key;
  }

  /** A moment for `take`, microseconds. */
  since(): bigint {
    return this.now();
  }

  /**
   * Takes one answer of a router's; false where it has none left, or the eldest of those who wait is another: who waits asks again every few milliseconds.
   *
   * @param since the asker's age: since when it has been waiting, or undefined where it may as well go without and lets all others pass
   */
  take(router: RouterKey, since?: bigint): boolean {
    const slot = this.#slotOf(this.known(router));
    if (slot === undefined) return true;
    const [eldest, until] = [Atomics.load(this.#words, slot + SINCE), Atomics.load(this.#words, slot + UNTIL)];
    if (until > this.now() && (since === undefined || eldest < since)) return false;
    const taken = this.#change(slot, (full, now) => (full - now > FULL - PACE + TOLERANCE ? undefined : full + PACE));
    if (taken) this.#handOver(router);
    if (since === undefined) return taken;
    Atomics.store(this.#words, slot + SINCE, since);
    Atomics.store(this.#words, slot + UNTIL, taken ? 0n : this.now() + BELIEVED);
    return taken;
  }

  /** Counts an answer that a router has given, or will give, unasked for. Who gives none is owed none: it is empty at the worst. */
  charge(router: RouterKey): void {
    this.#owe(this.known(router), PACE);
    this.#handOver(router);
  }

  /** Gives back what another router, or none, has answered. */
  giveBack(router: RouterKey): void {
    const slot = this.#slotOf(this.known(router));
    if (slot !== undefined) this.#change(slot, (full, now) => (full <= now ? undefined : full - PACE));
  }

  /** Who was last met at so many hops from this host, or who stands for it. */
  atHop(family: 4 | 6, ttl: number): RouterKey {
    const router = Atomics.load(this.#words, placeOf(family, ttl) + LAST);
    return router === 0n ? this.#somebodyAt(placeOf(family, ttl)) : router;
  }

  /** Who a router is: who stands for somebody is the first that was met there, once one was. */
  known(router: RouterKey): RouterKey {
    const place = this.#placeOfSomebody.get(router);
    const first = place === undefined ? 0n : Atomics.load(this.#words, place + FIRST);
    return first === 0n ? router : first;
  }

  /** Somebody met a router at so many hops. The first has answered, or will, what was asked of whoever is there. */
  meet(family: 4 | 6, ttl: number, router: RouterKey): void {
    const place = placeOf(family, ttl);
    if (Atomics.load(this.#words, place + FIRST) === 0n) {
      Atomics.compareExchange(this.#words, place + FIRST, 0n, router);
      this.#handOver(this.#somebodyAt(place));
    }
    Atomics.store(this.#words, place + LAST, router);
  }

  /** Counts a packet that is to end at the next hop, whatever its answer is good for. Gives who calls it off. */
  meetNextHop(family: 4 | 6): () => void {
    const spare = this.#slotOf(this.keyOf(`the spare answer of the next hop over IPv${family}`));
    if (spare !== undefined && this.#change(spare, (until, now) => (until > now ? undefined : now + SPARE)))
      return () => Atomics.store(this.#words, spare + FULL_AT, 0n);
    const nextHop = this.atHop(family, 1);
    this.charge(nextHop);
    return () => this.giveBack(nextHop);
  }

  #somebodyAt(place: number): RouterKey {
    const somebody = this.#somebody.get(place) ?? this.keyOf(`somebody whose place is ${place}`);
    this.#somebody.set(place, somebody);
    this.#placeOfSomebody.set(somebody, place);
    return somebody;
  }

  /** Makes the first router at a hop owe what whoever stands for it does, if that has been met: perhaps since it was asked. */
  #handOver(router: RouterKey): void {
    const first = this.known(router);
    const slot = first === router ? undefined : this.#slotOf(router);
    if (slot === undefined) return;
    const debt = Atomics.exchange(this.#words, slot + FULL_AT, 0n) - this.now();
    if (debt > 0n) this.#owe(first, debt);
  }

  #owe(router: RouterKey, debt: bigint): void {
    const slot = this.#slotOf(router);
    if (slot !== undefined) this.#change(slot, (full, now) => (full + debt > now + FULL ? now + FULL : full + debt));
  }

  /** Gives a bucket a new time, made from its own or now, whichever is later. False where it is to stay. */
  #change(slot: number, next: (full: bigint, now: bigint) => bigint | undefined): boolean {
    const now = this.now();
    for (;;) {
      const found = Atomics.load(this.#words, slot + FULL_AT);
      const changed = next(found > now ? found : now, now);
      if (changed === undefined) return false;
      if (Atomics.compareExchange(this.#words, slot + FULL_AT, found, changed) === found) return true;
    }
  }

  /** Where a router's bucket is; one that is full gives way. Undefined where all around are in use: then nobody counts. */
  #slotOf(router: RouterKey): number | undefined {
    const places = Array.from(
      { length: WINDOW },
      (_, index) => SLOT * Number((BigInt.asUintN(32, router) + BigInt(index)) % BigInt(SLOTS)),
    );
    const own = places.find((place) => Atomics.load(this.#words, place) === router);
    if (own !== undefined) return own;
    const now = this.now();
    return places.find((place) => {
      const other = Atomics.load(this.#words, place);
      return Atomics.load(this.#words, place + FULL_AT) <= now && Atomics.compareExchange(this.#words, place, other, router) === other;
    });
  }
}

const placeOf = (family: 4 | 6, ttl: number): number => SLOT * SLOTS + HOP * ((family === 4 ? 0 : TTLS) + (ttl % TTLS));

/** Makes the threads that this one starts from now on share their budgets with it and with each other. */
export function shareRouterBudgets(): void {
  if (!(getEnvironmentData(SHARED) instanceof SharedArrayBuffer))
    setEnvironmentData(SHARED, new SharedArrayBuffer(WORDS * BigInt64Array.BYTES_PER_ELEMENT));
}

let own: RouterBudgets | undefined;

/** The budgets of this process, where who started this thread shares them; else of this thread. */
export function routerBudgets(): RouterBudgets {
  const shared = getEnvironmentData(SHARED);
  return (own ??= new RouterBudgets(shared instanceof SharedArrayBuffer ? shared : undefined));
}
