import { setTimeout } from 'node:timers/promises';
import type { Logger } from 'pino';

/** Why a transaction is done again. */
export type RetryReason = 'deadlock' | 'serialization' | 'unique';

/** PostgreSQL's codes for a transaction that was taken back because it met another one; done again it sees what that one left. */
const COLLISIONS: Readonly<Record<string, RetryReason>> = { '40P01': 'deadlock', '40001': 'serialization' };
const UNIQUE_VIOLATION = '23505';
/** Times that a transaction is done at most. */
const MOST = 5;
/** Before the second time it rests for up to this long, ms, before the third for up to twice that: two that met do not meet again. */
const REST_MS = 20;

/** Counts what is done again. */
export interface RetryCount {
  inc(labels: { reason: RetryReason }): void;
}

/** Which failures a transaction is done again after. */
export interface RetryOptions {
  /** Also after a unique violation: where the work looks first whether a row is there, and would find it now. */
  readonly unique?: boolean;
}

/** Does transactions again that PostgreSQL took back through no fault of theirs. Their work must change nothing outside of them. */
export class Retries {
  constructor(
    private readonly log: Logger,
    private readonly count: RetryCount,
  ) {}

  /** The outcome of the attempt, or of one after it. @throws whatever the last one threw */
  async again<T>(attempt: () => Promise<T>, { unique = false }: RetryOptions = {}): Promise<T> {
    for (let times = 1; ; times++) {
      try {
        return await attempt();
      } catch (error) {
        const reason = reasonOf(error, unique);
        if (reason === undefined || times === MOST) throw error;
        this.count.inc({ reason });
        this.log.warn({ reason, times }, 'a transaction met another one, and is done again');
        await setTimeout(Math.random() * REST_MS * times);
      }
    }
  }
}

function reasonOf(error: unknown, unique: boolean): RetryReason | undefined {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  if (typeof code !== 'string') return undefined;
  return unique && code === UNIQUE_VIOLATION ? 'unique' : COLLISIONS[code];
}
