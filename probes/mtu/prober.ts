import { performance } from 'node:perf_hooks';
import { POLLIN } from '../kernel/constants.js';
import { pause, whenReady } from '../kernel/readiness.js';
import type { Answer } from './answer.js';
import type { Channel } from './channel.js';

/** How patient a prober is. */
export interface ProberPatience {
  readonly attempts: number;
  /** Longest wait for the answers to one attempt, ms. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Once a round trip is known, the first attempt waits for so many of them, the second for twice as many, and so on. */
const ROUND_TRIPS = 3;
const SHORTEST_WAIT_MS = 50;
/** Linux answers five packets that it refuses at once, then one a second (icmp_ratelimit; XRLIM_BURST_FACTOR is 6). */
const BURST = 5;
const PACE_MS = 1_100;
const SILENT: Answer = { kind: 'silent' };

interface Sent {
  readonly size: number;
  readonly at: number;
}

/** Sends packets of given sizes through a channel, again where nobody answers, and tells what became of each size. */
export class Prober {
  readonly #packets = new Map<number, Sent>();
  readonly #answers = new Map<number, Answer>();
  #sequence = 0;
  #longestMs: number | undefined;
  #lastSentAt = 0;

  constructor(
    private readonly channel: Channel,
    private readonly patience: ProberPatience,
  ) {}

  /** Packets sent so far. */
  get sent(): number {
    return this.#sequence;
  }

  /** Tries these sizes side by side. An answer to an earlier packet of the same size counts, however late. */
  readonly attempt = async (sizes: readonly number[]): Promise<ReadonlyMap<number, Answer>> => {
    for (const size of sizes) this.#answers.delete(size);
    for (let count = 0; count < this.patience.attempts && !this.patience.signal.aborted; count += 1) {
      const open = sizes.filter((size) => !this.#answers.has(size));
      if (open.length === 0) break;
      for (const size of open) await this.#send(size);
      await this.#wait(open, performance.now() + this.#waitMs(count));
    }
    return new Map(sizes.map((size) => [size, this.#answers.get(size) ?? SILENT]));
  };

  #waitMs(count: number): number {
    const { timeoutMs } = this.patience;
    if (this.#longestMs === undefined) return timeoutMs;
    return Math.min(timeoutMs, Math.max(SHORTEST_WAIT_MS, this.#longestMs * ROUND_TRIPS) * 2 ** count);
  }

  async #send(size: number): Promise<void> {
    const { signal } = this.patience;
    if (this.channel.paced && this.#sequence >= BURST) await pause(this.#lastSentAt + PACE_MS - performance.now(), signal);
    if (signal.aborted) return;
    this.#sequence += 1;
    this.#lastSentAt = performance.now();
    this.#packets.set(this.#sequence, { size, at: this.#lastSentAt });
    const answer = this.channel.send(size, this.#sequence);
    if (answer) this.#answers.set(size, answer);
  }

  async #wait(open: readonly number[], until: number): Promise<void> {
    const { signal } = this.patience;
    this.#drain();
    while (open.some((size) => !this.#answers.has(size)) && performance.now() - this.channel.lag.ms < until && !signal.aborted) {
      await whenReady(this.channel.fd, POLLIN, until, signal);
      this.#drain();
    }
  }

  #drain(): void {
    for (const { sequence, answer } of this.channel.drain()) {
      const packet = this.#packets.get(sequence);
      if (!packet) continue;
      this.#longestMs = Math.max(this.#longestMs ?? 0, performance.now() - packet.at);
      if (this.#answers.get(packet.size)?.kind !== 'passed') this.#answers.set(packet.size, answer);
    }
  }
}
