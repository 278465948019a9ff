import type { ProbeFailure } from '../sdk/error.js';
import type { Answer, Try } from './answer.js';
import type { Found, Report } from './found.js';

/** Where a search looks. */
export interface Range {
  /** A size that every path carries. */
  readonly smallest: number;
  readonly largest: number;
  /** Sizes that may be tried at once. */
  readonly width: number;
}

/** Sizes that networks are made of (Ethernet, PPPoE, tunnels, IPv6's least): tried before the interval is cut evenly. */
const COMMON = [1280, 1380, 1400, 1420, 1450, 1480, 1492, 1500];
/** A search that finds its boundary was but a lost packet goes on; a path that loses so much has no exact answer. */
const MOST_CORRECTIONS = 3;

/** Finds the largest size that passes, from what routers say as long as they speak, else by cutting the interval (RFC 4821, RFC 8899). */
export class Search {
  #passed: number | undefined;
  #stopped: number | undefined;
  #why: 'told' | 'silent' | undefined;
  #hint: number | undefined;
  #commonTried = false;
  #corrections = 0;
  #failure: ProbeFailure | undefined;
  readonly #reports: Report[] = [];

  constructor(
    private readonly attempt: Try,
    private readonly range: Range,
    private readonly signal: AbortSignal,
  ) {}

  /** Runs to its end, or until the signal aborts: what is known until then is given. */
  async run(): Promise<Found> {
    const { smallest, largest } = this.range;
    await this.#attempt([smallest]);
    if (this.#passed === undefined || this.signal.aborted) return this.#found();
    if (largest > smallest) await this.#attempt([largest]);
    for (let next = this.#next(); next.length > 0 && !this.signal.aborted && !this.#failure; next = this.#next()) await this.#attempt(next);
    return this.#found();
  }

  #found(): Found {
    return { passed: this.#passed, stopped: this.#stopped, why: this.#why, reports: this.#reports, failure: this.#failure };
  }

  /** Sizes to try now; none where the boundary is known. */
  #next(): number[] {
    const low = this.#passed ?? this.range.smallest;
    if (this.#stopped === undefined) return [];
    if (this.#hint !== undefined && this.#hint > low) return [this.#hint];
    if (this.#stopped - low > 1) return this.#cut(low, this.#stopped);
    return this.#confirmation();
  }

  /** Silence may be a loss: the size just over the boundary is asked once more. */
  #confirmation(): number[] {
    if (this.#why !== 'silent' || this.#stopped === undefined || this.#corrections >= MOST_CORRECTIONS) return [];
    this.#corrections += 1;
    return [this.#stopped];
  }

  #cut(low: number, high: number): number[] {
    const { width } = this.range;
    const common = COMMON.filter((size) => size > low && size < high);
    if (width > 1 && !this.#commonTried && common.length > 0) {
      this.#commonTried = true;
      return common;
    }
    const pieces = Math.min(width + 1, high - low);
    return Array.from({ length: pieces - 1 }, (_, index) => low + Math.floor(((high - low) * (index + 1)) / pieces));
  }

  async #attempt(sizes: readonly number[]): Promise<void> {
    const confirmed = this.#stopped;
    const answers = await this.attempt(sizes);
    // An answer that the end of the run cut off is none.
    if (this.signal.aborted) return this.#takePassed(answers);
    this.#hint = undefined;
    this.#takePassed(answers);
    for (const [size, answer] of answers) this.#takeStopped(size, answer);
    if (sizes[0] === confirmed && this.#stopped === confirmed) this.#corrections = MOST_CORRECTIONS;
  }

  #takePassed(answers: ReadonlyMap<number, Answer>): void {
    for (const [size, { kind }] of answers) if (kind === 'passed' && size > (this.#passed ?? 0)) this.#passed = size;
    if (this.#stopped === undefined || this.#stopped > (this.#passed ?? 0)) return;
    // What was thought not to pass does: the boundary lies above.
    this.#stopped = this.range.largest > (this.#passed ?? 0) ? this.range.largest : undefined;
    this.#why = this.#stopped === undefined ? undefined : 'silent';
  }

  #takeStopped(size: number, answer: Answer): void {
    if (answer.kind === 'passed') return;
    if (answer.kind === 'failed') this.#failure ??= answer.failure;
    if (size <= (this.#passed ?? 0)) return;
    if (answer.kind === 'too-big') this.#takeReport(size, answer.mtu, answer.from);
    else if (this.#stopped === undefined || size < this.#stopped) this.#stop(size, 'silent');
  }

  /** A size that is no smaller than the packet it is about, or than what has passed, is no hint (RFC 1191, 3; RFC 8201, 4). */
  #takeReport(size: number, mtu: number | undefined, from: string | undefined): void {
    this.#reports.push({ size, mtu, from });
    const low = this.#passed ?? 0;
    const credible = mtu !== undefined && mtu < size && mtu >= low;
    const stopped = credible ? mtu + 1 : size;
    if (this.#stopped !== undefined && stopped >= this.#stopped && this.#why === 'told') return;
    if (this.#stopped !== undefined && stopped > this.#stopped) return;
    this.#stop(stopped, 'told');
    this.#hint = credible && mtu > low ? mtu : undefined;
  }

  #stop(size: number, why: 'told' | 'silent'): void {
    this.#stopped = size;
    this.#why = why;
  }
}
