/**
 * What a reflector gives at most; docs/security.md names the same numbers. Replies in all are more than large ones, so that who asks for too many of those is
 * told so: silence would look like packets that the way back does not carry.
 */
export const LIMITS = {
  /** To one address. */
  source: {
    replies: { burst: 2_400, perSecond: 400 },
    large: { burst: 600, perSecond: 100 },
    bytes: { burst: 2_000_000, perSecond: 250_000 },
  },
  /** To all together. */
  total: {
    replies: { burst: 16_000, perSecond: 4_000 },
    large: { burst: 4_000, perSecond: 1_000 },
    bytes: { burst: 8_000_000, perSecond: 1_000_000 },
  },
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

  /** Less than nothing gives back. */
  take(amount: number): void {
    this.#left -= amount;
  }
}

/** Replies; those of them that are larger than their requests; bytes of all. */
type Kind = keyof typeof LIMITS.source;
const KINDS: readonly Kind[] = ['replies', 'large', 'bytes'];
type Amounts = Readonly<Record<Kind, number>>;
type Allowance = Readonly<Record<Kind, Bucket>>;

function allowance(rates: Readonly<Record<Kind, Rate>>, now: number): Allowance {
  return { replies: new Bucket(rates.replies, now), large: new Bucket(rates.large, now), bytes: new Bucket(rates.bytes, now) };
}

/** What each address, and all together, may still be given. */
export class Budget {
  readonly #total: Allowance;
  /** Those that asked last stand last. */
  readonly #sources = new Map<string, Allowance>();

  constructor(now: number) {
    this.#total = allowance(LIMITS.total, now);
  }

  /** Takes one reply of so many bytes to a request of so many; false, and nothing is taken, where that is more than may be given. */
  take(source: string, bytes: number, requestBytes: number, now: number): boolean {
    const amounts: Amounts = { replies: 1, large: bytes > requestBytes ? 1 : 0, bytes };
    const both = [this.#of(source, now), this.#total];
    if (!both.every((each) => KINDS.every((kind) => each[kind].has(amounts[kind], now)))) return false;
    for (const each of both) for (const kind of KINDS) each[kind].take(amounts[kind]);
    return true;
  }

  /** Gives back what was taken for bytes that were not sent after all. */
  giveBack(source: string, bytes: number): void {
    this.#sources.get(source)?.bytes.take(-bytes);
    this.#total.bytes.take(-bytes);
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
