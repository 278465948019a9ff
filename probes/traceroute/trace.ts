import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { encodeSockaddr } from '../kernel/address.js';
import { ClockWatch, realtimeMs } from '../kernel/clock.js';
import { POLLIN } from '../kernel/constants.js';
import { failureOfErrno } from '../kernel/icmp-error.js';
import { whenReady } from '../kernel/readiness.js';
import { SendArena } from '../kernel/send.js';
import type { ProbeFailure } from '../sdk/error.js';
import { setTtl, type Channel } from './channel.js';
import { COOKIE_BYTES, writeDatagram, writeEcho } from './packet.js';
import { endsPath, Reader, type Answer } from './reader.js';
import { BURST_ROUNDS, SMALLEST_PACKET, type TracerouteSettings } from './settings.js';

/** One probe: what was sent and what came back. Times are ms on the scale of `stampMs`. */
export interface Sent {
  readonly ttl: number;
  readonly round: number;
  readonly userStamp: number;
  /** Kernel's send stamp; NaN where there is none. */
  stamp: number;
  answer: Answer | undefined;
}

/** A router that said how large a packet the next link carries. */
export interface Narrowing {
  readonly from: string;
  /** 0 where the router did not say. */
  readonly mtu: number;
}

/** IP and ICMP, or IP and UDP. */
const HEADERS = { 4: 28, 6: 48 } as const;
/** Without a word of a router about it: what every host takes (RFC 791; RFC 8200, 5), bytes. */
const SAFE_MTU = { 4: 576, 6: 1280 } as const;
/** Probes beyond the farthest hop that answered: what overshoots asks the target, which limits its port unreachables. */
const WINDOW = { icmp: 64, udp: 3 } as const;
const WINDOW_MS = 100;
/** The late hops get this many times the longest RTT seen, and no less than the shortest patience, ms. */
const PATIENCE = 3;
const SHORTEST_PATIENCE_MS = 40;
/** A refusal that stands so many times in a row is the packet's own. */
const SEND_ATTEMPTS = 20;
const LOOK_MS = 5;

/** A trace under way: all hops of a round at once, rounds one after another. */
export class Trace {
  readonly sent: Sent[] = [];
  readonly narrowings: Narrowing[] = [];
  /** TTL at which the path ends: the target's, or that of a router that refuses. */
  end: number | undefined;
  farthest = 0;
  failure: ProbeFailure | undefined;
  /** Whether the wall clock, in which packets are stamped, was stepped: no time counts then. */
  stepped = false;
  cutShort = false;
  #bytes: number;
  #longestMs = 0;
  #progressAt = 0;
  #again: { ttl: number; round: number }[] = [];
  readonly #cookie = randomBytes(COOKIE_BYTES);
  readonly #reader: Reader;
  readonly #arena = new SendArena(1, 9000);
  readonly #sockaddr: Buffer;

  constructor(
    private readonly channel: Channel,
    private readonly settings: TracerouteSettings,
    private readonly address: string,
    private readonly signal: AbortSignal,
  ) {
    this.#bytes = settings.packetBytes;
    const port = channel.mode === 'udp' ? settings.port : 0;
    this.#sockaddr = encodeSockaddr({ address, port });
    this.#reader = new Reader(channel, this.#cookie, port, {
      answered: (answer) => this.#wasAnswered(answer),
      sent: (number, stamp) => {
        const probe = this.sent[number];
        if (probe) probe.stamp = stamp;
      },
    });
  }

  async run(): Promise<void> {
    const watch = new ClockWatch();
    const { rounds, intervalMs, paceMs } = this.settings;
    let due = performance.now();
    for (let round = 0; round < rounds && !this.#over; round++) {
      await this.#until(() => performance.now() >= due);
      const began = performance.now();
      await this.#sendRound(round);
      // Hops that are late, or silent, are waited for once, at the end.
      if (round === 0) await this.#until(() => this.end !== undefined || this.#hadItsTime);
      due = Math.max(due, began) + (round + 1 < BURST_ROUNDS ? intervalMs : paceMs);
    }
    await this.#settle();
    this.#reader.drain();
    this.cutShort = this.signal.aborted;
    this.stepped = watch.stepMs() !== 0;
  }

  get #over(): boolean {
    return this.signal.aborted || this.failure !== undefined;
  }

  /** How far it is worth asking. The first round finds it out. */
  #limit(round: number): number {
    return this.end ?? (round === 0 ? this.settings.maxHops : Math.max(1, this.farthest));
  }

  async #sendRound(round: number): Promise<void> {
    for (let ttl = 1; ttl <= this.#limit(round) && !this.#over; ttl++) {
      if (round === 0) await this.#until(() => ttl <= this.farthest + WINDOW[this.channel.mode] || this.#isStuck);
      if (ttl <= this.#limit(round) && !this.#over) this.#send(ttl, round);
      this.#pump();
    }
  }

  /** The next hops are asked though those before have not answered: they may be silent. */
  get #isStuck(): boolean {
    return performance.now() - this.#progressAt > Math.max(WINDOW_MS, PATIENCE * this.#longestMs);
  }

  /** Waits until all answers are there, or until what is late had its time. */
  async #settle(): Promise<void> {
    await this.#until(() => this.#allAnswered || this.#hadItsTime);
  }

  get #hadItsTime(): boolean {
    return performance.now() - this.#progressAt > this.#patience;
  }

  get #patience(): number {
    const { timeoutMs } = this.settings;
    return this.end === undefined ? timeoutMs : Math.min(timeoutMs, Math.max(SHORTEST_PATIENCE_MS, PATIENCE * this.#longestMs));
  }

  get #allAnswered(): boolean {
    const { end } = this;
    return end !== undefined && this.sent.every(({ ttl, answer }) => ttl > end || answer !== undefined);
  }

  async #until(done: () => boolean): Promise<void> {
    const { sender, listener } = this.channel;
    this.#pump();
    while (!done() && !this.#over) {
      await whenReady((listener ?? sender).fd, POLLIN, performance.now() + LOOK_MS, this.signal);
      this.#pump();
    }
  }

  /** Takes what came, and sends again what was too large. */
  #pump(): void {
    this.#reader.drain();
    for (const { ttl, round } of this.#again.splice(0)) if (!this.#over) this.#send(ttl, round);
  }

  #send(ttl: number, round: number): void {
    const { mode, family, id, sender } = this.channel;
    const number = this.sent.length;
    const length = this.#bytes - HEADERS[family] + (mode === 'icmp' ? 8 : 0);
    this.#arena.clear();
    const at = this.#arena.queue(this.#sockaddr, length);
    if (mode === 'icmp') writeEcho(this.#arena.memory, at, length, family, id, this.#cookie, number);
    else writeDatagram(this.#arena.memory, at, length, this.#cookie, number);
    setTtl(this.channel, ttl);
    this.sent.push({ ttl, round, userStamp: realtimeMs(), stamp: NaN, answer: undefined });
    if (ttl > this.farthest || this.#progressAt === 0) this.#progressAt = performance.now();
    let result = this.#arena.send(sender.fd, 0);
    // An ICMP error that waits on the socket is told by the next send, which then sends nothing (ip(7), IP_RECVERR); meanwhile another one may come.
    for (let attempts = 1; result < 0 && attempts < SEND_ATTEMPTS; attempts++) result = this.#arena.send(sender.fd, 0);
    if (result < 0) {
      this.sent.pop();
      this.failure = failureOfErrno(-result, this.address);
    }
  }

  #wasAnswered(answer: Answer): void {
    const probe = this.sent[answer.number];
    if (!probe || probe.answer) return;
    probe.answer = answer;
    if (answer.kind === 'too-big') return this.#wasTooBig(probe, answer);
    this.#progressAt = performance.now();
    const tookMs = answer.stamp - probe.userStamp;
    if (tookMs > this.#longestMs) this.#longestMs = tookMs;
    if (endsPath(answer, this.channel.family) && probe.ttl < (this.end ?? Infinity)) this.end = probe.ttl;
    if (probe.ttl <= (this.end ?? Infinity)) this.farthest = Math.max(this.farthest, probe.ttl);
    if (this.end !== undefined) this.farthest = Math.min(this.farthest, this.end);
  }

  #wasTooBig(probe: Sent, { from, mtu }: Answer): void {
    if (!this.narrowings.some((known) => known.from === from && known.mtu === mtu)) this.narrowings.push({ from, mtu });
    this.#bytes = Math.max(SMALLEST_PACKET, Math.min(this.#bytes, mtu > 0 ? mtu : SAFE_MTU[this.channel.family]));
    this.#again.push({ ttl: probe.ttl, round: probe.round });
  }
}
