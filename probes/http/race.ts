import { performance } from 'node:perf_hooks';
import { openTcp, type Connected, type ConnectTo, type Patience } from '../kernel/connect.js';
import type { Resolved } from '../kernel/lookup.js';
import { ProbeFailure } from '../sdk/error.js';

/** So long an attempt is alone before the next address is tried beside it: the Connection Attempt Delay of RFC 8305, section 5, ms. */
const ATTEMPT_DELAY_MS = 250;
/** More addresses of one name are not tried. */
const MOST_ATTEMPTS = 8;

/** One address that was tried. */
export interface RaceAttempt {
  readonly address: string;
  readonly family: 4 | 6;
  /** When it was begun, ms after the first. */
  readonly afterMs: number;
  /** Absent where it did not connect. */
  readonly connectMs?: number;
  /** Why it did not; absent where it was given up because another was faster. */
  readonly problem?: string;
}

/** Who won, and how each fared, in the order in which they were begun. */
export interface Race {
  readonly winner: Resolved;
  /** Its time is that from the first attempt's begin: what a browser waits. */
  readonly connected: Connected;
  readonly attempts: readonly RaceAttempt[];
}

/** Addresses in the order in which they are tried: families in turn, beginning with that of the first (RFC 8305, section 4). */
export function inTurn(addresses: readonly Resolved[]): Resolved[] {
  const first = addresses[0]?.family;
  const [own, other] = [addresses.filter(({ family }) => family === first), addresses.filter(({ family }) => family !== first)];
  return own.flatMap((each, index) => [each, ...other.slice(index, index + 1)]).concat(other.slice(own.length));
}

/**
 * Happy Eyeballs (RFC 8305): connects to the first address, to the next one as soon as that failed or 250 ms are over, and so on; the first that stands wins, the
 * others are given up.
 *
 * @throws ProbeFailure of the first address where none stands
 */
export async function race(addresses: readonly Resolved[], to: Omit<ConnectTo, 'address' | 'family'>, patience: Patience): Promise<Race> {
  return new Runners(addresses.slice(0, MOST_ATTEMPTS), to, patience).run();
}

interface Runner {
  readonly resolved: Resolved;
  readonly afterMs: number;
  connectMs?: number;
  failure?: ProbeFailure;
}

class Runners {
  private readonly begin = performance.now();
  private readonly over = new AbortController();
  private readonly runners: Runner[] = [];
  private readonly running: Promise<void>[] = [];
  private won: { readonly runner: Runner; readonly connected: Connected } | undefined;
  private wake: () => void = () => undefined;

  constructor(
    private readonly addresses: readonly Resolved[],
    private readonly to: Omit<ConnectTo, 'address' | 'family'>,
    private readonly patience: Patience,
  ) {}

  async run(): Promise<Race> {
    for (const resolved of this.addresses) {
      if (this.won || this.patience.signal.aborted) break;
      await this.start(resolved);
    }
    // Each ends by itself: connected, failed, out of time, or given up since another one won.
    await Promise.all(this.running);
    if (!this.won) throw this.runners[0]?.failure ?? new ProbeFailure('CANCELLED', 'the run was cancelled');
    const { runner, connected } = this.won;
    const connectMs = runner.afterMs + connected.setUp.connectMs;
    return {
      winner: runner.resolved,
      connected: { ...connected, setUp: { connectMs } },
      attempts: this.runners.map((each) => this.told(each)),
    };
  }

  /** Resolves when the next one may start: this one came to something, another one won, or its time alone is over. */
  private async start(resolved: Resolved): Promise<void> {
    const runner: Runner = { resolved, afterMs: performance.now() - this.begin };
    this.runners.push(runner);
    const alone = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ATTEMPT_DELAY_MS);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.running.push(this.connect(runner));
    await alone;
  }

  private async connect(runner: Runner): Promise<void> {
    const { timeoutMs, signal } = this.patience;
    const { address, family } = runner.resolved;
    try {
      const patience = { timeoutMs, signal: AbortSignal.any([signal, this.over.signal]) };
      const connected = await openTcp({ ...this.to, address, family }, patience);
      runner.connectMs = connected.setUp.connectMs;
      if (this.won) connected.socket.destroy();
      else this.win(runner, connected);
    } catch (error) {
      if (!(error instanceof ProbeFailure)) throw error;
      // After another one won it was given up, and has no fault.
      if (!this.won) runner.failure = error;
    } finally {
      this.wake();
    }
  }

  private win(runner: Runner, connected: Connected): void {
    this.won = { runner, connected };
    this.over.abort();
  }

  private told({ resolved: { address, family }, afterMs, connectMs, failure }: Runner): RaceAttempt {
    return {
      ...{ address, family, afterMs },
      ...(connectMs === undefined ? {} : { connectMs }),
      ...(failure === undefined ? {} : { problem: failure.message }),
    };
  }
}
