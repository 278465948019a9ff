import type { ProbeFailure } from '../sdk/error.js';
import { beatFrom } from './beat.js';

/** What is to be sent: one burst of echo requests to one address. */
export interface BurstPlan {
  readonly count: number;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Bytes of the packet, ICMP header included. */
  readonly length: number;
  readonly warmUp: boolean;
  /** How long after the beginning the first request goes out, ms. */
  readonly startAfterMs: number;
  /** struct sockaddr of the target. */
  readonly sockaddr: Buffer;
  /** The target's address, 4 or 16 bytes: replies from elsewhere do not count. */
  readonly address: Buffer;
  /** How messages name the target. */
  readonly label: string;
}

/** How long the first counted request waits for the warm-up's reply at the most, ms. */
const WARM_UP_MS = 200;
/** Timers fire up to a millisecond early: what is due by then goes out, or the thread would wake for it twice. */
const EARLY_MS = 1;
const SETTLED = 1;
/** Times that are kept of each request. */
const TIMES = 5;

/** A burst under way: what was sent and what came back. Index 0 is the warm-up, which counts nowhere. Times are ms; NaN is not known. */
export class Burst {
  /** Kernel's send stamp. */
  readonly txStamp: Float64Array;
  /** Our own clock when the request was handed over (stamp scale), for packets that the kernel did not stamp. */
  readonly txUser: Float64Array;
  readonly rtt: Float64Array;
  /** Kernel's receive stamp. */
  readonly rxStamp: Float64Array;
  /** Planned time of sending, `performance.now()`. */
  readonly planned: Float64Array;
  /** Echo sequence number of each request. */
  readonly sequences: Uint16Array;
  readonly #state: Uint8Array;
  readonly #acrossStep: Uint8Array;
  duplicates = 0;
  outOfOrder = 0;
  replyTtl = -1;
  /** Replies whose stamps lie on two sides of a step of the wall clock. */
  spoiled = 0;
  /** Replies that the kernel stamped at one end only, or at none. */
  unstamped = 0;
  /** The first ICMP error or local error, and how many requests met one. */
  failure: ProbeFailure | undefined;
  refusedSends = 0;
  /** Requests whose answer was still to be had when the run was cut short: neither answered nor lost. */
  undecided = 0;
  cutShort = false;
  /** 0 with a warm-up, else 1. */
  readonly firstIndex: number;
  nextIndex: number;
  nextSendMs: number;
  lastSentMs = NaN;
  received = 0;
  /** How long the slowest reply took from handing the request over to the reply's stamp, ms. */
  longestMs = 0;
  #highest = 0;
  #settled = 0;
  #isWarm: boolean;

  constructor(
    readonly plan: BurstPlan,
    readonly generation: number,
    nowMs: number,
  ) {
    const places = plan.count + 1;
    // One block of memory for all: each one would be the collector's to find and to free by itself.
    const { buffer } = new Float64Array(TIMES * places).fill(NaN);
    const times = (which: number): Float64Array => new Float64Array(buffer, which * places * Float64Array.BYTES_PER_ELEMENT, places);
    this.txStamp = times(0);
    this.txUser = times(1);
    this.rtt = times(2);
    this.rxStamp = times(3);
    this.planned = times(4);
    this.sequences = new Uint16Array(places);
    this.#state = new Uint8Array(places);
    this.#acrossStep = new Uint8Array(places);
    this.firstIndex = plan.warmUp ? 0 : 1;
    this.nextIndex = this.firstIndex;
    this.#isWarm = !plan.warmUp;
    const startMs = nowMs + plan.startAfterMs;
    this.nextSendMs = plan.warmUp ? startMs : beatFrom(startMs, plan.intervalMs);
  }

  /** Requests handed to the kernel whose fate is known, the warm-up left out. */
  get sent(): number {
    return Math.max(0, this.nextIndex - 1) - this.refusedSends - this.undecided;
  }

  /** Whether every request has been sent. */
  get allSent(): boolean {
    return this.nextIndex > this.plan.count;
  }

  /** Whether a counted request is under way. */
  get awaitsReply(): boolean {
    return this.#settled < this.nextIndex - 1;
  }

  /** Whether every counted request is answered, or refused by this host. */
  get allSettled(): boolean {
    return this.#settled >= this.plan.count;
  }

  /** Whether the next request is to go out now. The first counted one waits for the warm-up's reply, or a little while. */
  isDue(nowMs: number): boolean {
    if (this.allSent || this.nextSendMs > nowMs + EARLY_MS) return false;
    if (this.nextIndex !== 1 || this.#isWarm || nowMs >= this.lastSentMs + WARM_UP_MS) return true;
    this.nextSendMs = beatFrom(nowMs + 2 * EARLY_MS, this.plan.intervalMs);
    return false;
  }

  /** Takes the next request: gives its index and plans the one after it. `toStamp` turns `performance.now()` into the scale of stamps. */
  take(nowMs: number, toStamp: number): number {
    const index = this.nextIndex++;
    this.txUser[index] = nowMs + toStamp;
    this.planned[index] = this.nextSendMs + toStamp;
    this.lastSentMs = nowMs;
    const { intervalMs } = this.plan;
    // A late request is sent at once, but never two at a time.
    this.nextSendMs = index === 0 ? beatFrom(nowMs + 2 * EARLY_MS, intervalMs) : Math.max(this.nextSendMs + intervalMs, nowMs);
    return index;
  }

  /** This host refused to send a request: its route, its firewall. */
  wasRefused(index: number, failure: ProbeFailure): void {
    if (index > 0) this.refusedSends++;
    this.wasErrored(index, failure);
  }

  /** A request was answered by an error: it is lost, and nothing more is waited for. */
  wasErrored(index: number, failure: ProbeFailure): void {
    this.failure ??= failure;
    if (index === 0) this.#isWarm = true;
    else if (this.#state[index] !== SETTLED) {
      this.#state[index] = SETTLED;
      this.#settled++;
    }
  }

  /** A reply of ours arrived, stamped by the kernel (NaN: not stamped) and seen by us at `userStamp`. */
  wasAnswered(index: number, rxStamp: number, userStamp: number, ttl: number): void {
    if (index === 0) {
      this.#isWarm = true;
      return;
    }
    if (this.#state[index] === SETTLED) {
      this.duplicates++;
      return;
    }
    this.#state[index] = SETTLED;
    this.#settled++;
    this.rxStamp[index] = Number.isNaN(rxStamp) ? userStamp : rxStamp;
    if (Number.isNaN(rxStamp)) this.unstamped++;
    this.longestMs = Math.max(this.longestMs, this.rxStamp[index] - (this.txUser[index] as number));
    if (ttl >= 0) this.replyTtl = ttl;
    if (index < this.#highest) this.outOfOrder++;
    else this.#highest = index;
    this.received++;
  }

  /** The wall clock was stepped: the replies still under way would be measured across it. */
  clockStepped(): void {
    for (let index = 1; index < this.nextIndex; index++) {
      if (this.#state[index] !== SETTLED) this.#acrossStep[index] = 1;
    }
  }

  /** The run ends before the burst: requests that may yet be answered are not lost. */
  cut(userStamp: number): void {
    this.cutShort = true;
    for (let index = 1; index < this.nextIndex; index++) {
      const young = userStamp - (this.txUser[index] as number) < this.plan.timeoutMs;
      if (young && this.#state[index] !== SETTLED) this.undecided++;
    }
  }

  /** Works the round-trip times out, when everything has come that will come. A reply later than the timeout counts as lost. */
  close(): void {
    for (let index = 1; index < this.nextIndex; index++) {
      const received = this.rxStamp[index] as number;
      if (Number.isNaN(received)) continue;
      const stamped = this.txStamp[index] as number;
      const rtt = received - (Number.isNaN(stamped) ? (this.txUser[index] as number) : stamped);
      if (Number.isNaN(stamped)) this.unstamped++;
      if (this.#acrossStep[index] === 1 || rtt < 0) this.spoiled++;
      else if (rtt > this.plan.timeoutMs) this.received--;
      else this.rtt[index] = rtt;
    }
  }
}
