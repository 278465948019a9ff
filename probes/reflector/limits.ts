/** What a reflector gives at most; docs/security.md names the same numbers. */
export const LIMITS = {
  /** To one address. */
  source: { packets: { burst: 600, perSecond: 100 }, bytes: { burst: 2_000_000, perSecond: 250_000 } },
  /** To all together. */
  total: { packets: { burst: 4_000, perSecond: 1_000 }, bytes: { burst: 8_000_000, perSecond: 1_000_000 } },
  /** Addresses whose use is remembered; of more, the one that asked longest ago is forgotten. */
  sources: 4_096,
  /** Cookies in use that are remembered; one more is refused until one expires. */
  sessions: 4_096,
  /** How long a cookie holds, ms. */
  cookieMs: 900_000,
} as const;

/** How much may be taken at once, and how fast it comes back. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** A token bucket. Times are ms of a clock that never goes back. */
export class Bucket {
  #left: number;
  #at: number;

  constructor(
    private readonly rate: Rate,
    now: number,
  ) {
    this.#left = rate.burst;
    this.#at = now;
  }

  has(amount: number, now: number): boolean {
    this.#left = Math.min(this.rate.burst, this.#left + ((now - this.#at) / 1e3) * this.rate.perSecond);
    this.#at = now;
    return this.#left >= amount;
  }

  take(amount: number): void {
    this.#left -= amount;
  }
}

interface Allowance {
  readonly packets: Bucket;
  readonly bytes: Bucket;
}

const allowance = ({ packets, bytes }: { readonly packets: Rate; readonly bytes: Rate }, now: number): Allowance => ({
  packets: new Bucket(packets, now),
  bytes: new Bucket(bytes, now),
});

/** What each address, and all together, may still be given. */
export class Budget {
  readonly #total: Allowance;
  /** Those that asked last stand last. */
  readonly #sources = new Map<string, Allowance>();

  constructor(now: number) {
    this.#total = allowance(LIMITS.total, now);
  }

  /** Takes one packet of so many bytes; false, and nothing is taken, where that is more than may be given. */
  take(source: string, bytes: number, now: number): boolean {
    const own = this.#of(source, now);
    const both = [own, this.#total];
    if (!both.every((each) => each.packets.has(1, now) && each.bytes.has(bytes, now))) return false;
    for (const each of both) {
      each.packets.take(1);
      each.bytes.take(bytes);
    }
    return true;
  }

  #of(source: string, now: number): Allowance {
    const found = this.#sources.get(source) ?? allowance(LIMITS.source, now);
    this.#sources.delete(source);
    this.#sources.set(source, found);
    const oldest = this.#sources.size > LIMITS.sources ? this.#sources.keys().next() : undefined;
    if (oldest?.done === false) this.#sources.delete(oldest.value);
    return found;
  }
}
