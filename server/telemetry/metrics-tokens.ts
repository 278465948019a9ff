import { ApiError } from '../errors.js';
import { hashSecret } from '../secrets.js';
import { inTime } from './in-time.js';

/** Longest time for looking a token up, ms: Prometheus waits 10 s for all. */
const LOOK_MS = 2000;
/** So long a token that was good is believed while the database does not answer, ms. */
const BELIEVED_MS = 3_600_000;
const MOST = 100;

/**
 * Who may read the metrics by a token. While the database is away, which is when they are needed, a token that it knew within the last hour is believed: they
 * name nobody, and change nothing. A token that is revoked is refused by the first look-up that is answered.
 */
export class MetricsTokens {
  private readonly good = new Map<string, number>();

  constructor(
    private readonly withinMs = LOOK_MS,
    private readonly now: () => number = Date.now,
  ) {}

  /** What `look` says of a token. Undefined: the database does not answer, and the token was not good lately. @throws ApiError RATE_LIMITED, as looking it up does */
  async mayRead(authorization: string, look: () => Promise<boolean>): Promise<boolean | undefined> {
    const hash = hashSecret(authorization);
    const answer = await inTime(this.withinMs, look()).catch(unlessLimited);
    if (answer === undefined) {
      const at = this.good.get(hash);
      return at !== undefined && this.now() - at < BELIEVED_MS ? true : undefined;
    }
    this.good.delete(hash);
    if (answer) this.remember(hash);
    return answer;
  }

  private remember(hash: string): void {
    const [oldest] = this.good.keys();
    if (this.good.size >= MOST && oldest !== undefined) this.good.delete(oldest);
    this.good.set(hash, this.now());
  }
}

/** What else goes wrong, or takes too long, is the database's matter, and told by its own metric. */
function unlessLimited(error: unknown): undefined {
  if (error instanceof ApiError && error.code === 'RATE_LIMITED') throw error;
}
