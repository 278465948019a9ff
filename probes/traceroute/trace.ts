import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { ClockWatch, realtimeMs } from '../kernel/clock.js';
import { POLLIN } from '../kernel/constants.js';
import type { FirstLink } from '../kernel/flow.js';
import { failureOfErrno } from '../kernel/icmp-error.js';
import { whenReady } from '../kernel/readiness.js';
import { errnoName } from '../kernel/socket.js';
import type { ProbeFailure } from '../sdk/error.js';
import type { Channel } from './channel.js';
import { explore, type Explored } from './explore.js';
import type { Query } from './multipath.js';
import type { RouterBudgets } from '../kernel/router-budget.js';
import { Line } from './line.js';
import { Pace, type Turn } from './pace.js';
import { COOKIE_BYTES } from './packet.js';
import { Packets } from './packets.js';
import type { Path } from './path.js';
import { endsPath, Reader, type Answer } from './reader.js';
import { rhythmOf, type Rhythm } from './rhythm.js';
import { BURST_ROUNDS, portOf, SMALLEST_PACKET, type TracerouteSettings } from './settings.js';

/** One probe: what was sent and what came back. Times are ms on the scale of `stampMs`. */
export interface Sent {
  readonly ttl: number;
  readonly round: number;
  /** 0: the flow of the trace. Others look for parallel ways. */
  readonly flow: number;
  /** Which of a run's flows the trace is of, where there are several. */
  readonly member?: number;
  readonly userStamp: number;
  /** Kernel's send stamp; NaN where there is none. */
  stamp: number;
  answer: Answer | undefined;
}

/** A router, or this host itself, that said how large a packet the next link carries. */
export interface Narrowing {
  readonly from: string;
  /** 0 where the router did not say. */
  readonly mtu: number;
  /** 0: this host itself; left out where it is the hop that answers from this address. */
  readonly ttl?: 0;
}

/** Who would not carry a packet, however small it was made. */
export interface Refusal extends Narrowing {
  /** Size of the packet that it called too large, bytes. */
  readonly bytes: number;
}

/** Between whom a trace is. */
export interface TraceEnds {
  readonly address: string;
  /** This host's address, where packets need it. */
  readonly source?: string;
  /** What an earlier trace found: where it reached the target, no more is asked at first. */
  readonly remembered?: Path | undefined;
  /** TTL at which the target is by what other flows of the run found meanwhile. */
  readonly found?: () => number | undefined;
  /** Asked for where this host calls a packet too large. */
  readonly firstLink?: () => FirstLink | undefined;
}

/** Without a word of a router about it: what every host takes (RFC 791; RFC 8200, 5), bytes. */
const SAFE_MTU = { 4: 576, 6: 1280 } as const;
/** Probes beyond the farthest hop that answered: what overshoots asks the target, which limits its port unreachables. */
const WINDOW = { icmp: 64, udp: 3, tcp: 1 } as const;
const WINDOW_MS = 100;
/** The late hops get this many times the longest RTT seen, and no less than the shortest patience, ms: less where all that is missing is of hops that never answered. */
const PATIENCE = 3;
const SHORTEST_PATIENCE_MS = 40;
const SILENT_PATIENCE_MS = 8;
/** Smaller and smaller links on one path; whoever tells of more is not to be believed. */
const MOST_NARROWINGS = 16;
const LOOK_MS = 5;
/** Longest RTTs seen after which a reset has come to the target, with some to spare. */
const RESET = 2;
/** Stands for the round of packets that look for parallel ways. */
const LOOKING = -1;
/** What was too large is sent again at once. */
const NO_TURN: Turn = { router: undefined };

/** A trace under way: all hops of a round at once, rounds one after another. */
export class Trace {
  readonly sent: Sent[] = [];
  readonly narrowings: Narrowing[] = [];
  /** Who called a packet too large that could not be made any smaller, or for a link that would have carried it: there the path ends. */
  refusal: Refusal | undefined;
  /** TTL at which the path ends: the target's, or that of a router that refuses. */
  end: number | undefined;
  farthest = 0;
  failure: ProbeFailure | undefined;
  /** Whether the wall clock, in which packets are stamped, was stepped: no time counts then. */
  stepped = false;
  cutShort = false;
  /** Parallel ways; undefined where they were not looked for. */
  explored: Explored | undefined;
  #longestMs = 0;
  #progressAt = 0;
  #dueAt = performance.now();
  #again: { ttl: number; round: number; flow: number }[] = [];
  readonly #cookie = randomBytes(COOKIE_BYTES);
  readonly #reader: Reader;
  readonly #packets: Packets;
  readonly #pace: Pace;
  readonly #line = new Line();
  readonly notSent = this.#line.notSent;

  /** @param budgets of the routers on the way, which other traces ask as well; undefined where nobody limits what it answers */
  constructor(
    private readonly channel: Channel,
    private readonly settings: TracerouteSettings,
    private readonly ends: TraceEnds,
    budgets: RouterBudgets | undefined,
    private readonly signal: AbortSignal,
    private readonly rhythm: Rhythm = rhythmOf({ ...settings, flows: 1 }, 0),
  ) {
    const { mode, family } = channel;
    const { address: target, remembered } = ends;
    this.#pace = new Pace(budgets, { mode, family, target, remembered, paceMs: settings.paceMs });
    this.#packets = new Packets(channel, settings, ends, this.#cookie);
    const seen = { cookie: this.#cookie, port: portOf(settings), target, bytes: settings.packetBytes };
    this.#reader = new Reader(channel, seen, {
      answered: (answer) => this.#wasAnswered(answer),
      sent: (number, stamp) => {
        const probe = this.sent[number];
        if (probe) probe.stamp = stamp;
      },
    });
  }

  /** @param found hears when the path is known, or is not to be found */
  async run(found?: () => void): Promise<void> {
    const watch = new ClockWatch();
    try {
      await this.#run(found);
    } finally {
      this.#pace.end();
    }
    this.cutShort = this.signal.aborted;
    this.stepped = watch.stepMs() !== 0;
  }

  async #run(found?: () => void): Promise<void> {
    const { maxHops } = this.settings;
    const { rounds, burst, paceMs } = this.rhythm;
    const { remembered } = this.ends;
    const expected = Math.min(remembered?.reached ? remembered.hops.length : (this.ends.found?.() ?? 0), maxHops);
    if (expected > 0) await this.#burst(1, expected, true);
    if (this.#line.waits(expected) && !this.#line.isAsked(expected)) await this.#askLast(expected);
    if (this.end === undefined && expected < maxHops) await this.#burst(expected + 1, maxHops, false);
    found?.();
    for (let round = burst; round < rounds && !this.isOver; round++) {
      await this.#due();
      this.#sendRound(round, 1, this.end ?? Math.max(1, this.farthest, this.ends.found?.() ?? 0));
      this.#rest(paceMs);
    }
    await this.#settle();
    this.#reader.drain();
    this.#line.close();
    if (this.settings.multipath && this.isReached && this.end !== undefined) {
      this.explored = await explore(this, this.settings, this.end, this.ends.address);
    }
  }

  /**
   * The first rounds, to hops that have not been asked yet. Where the path is known and no answer can change what is to be sent, none is waited for between
   * them; else the first finds the end for the others.
   */
  async #burst(from: number, to: number, isKnown: boolean): Promise<void> {
    const { intervalMs } = this.settings;
    const { restMs, ...rhythm } = this.rhythm;
    const burst = Math.min(rhythm.rounds, rhythm.burst);
    const found = (): boolean => this.end !== undefined || this.farthest >= to || this.#hadItsTime;
    for (let round = 0; round < burst && !this.isOver; round++) {
      await this.#due();
      if (round === 0 && !isKnown) await this.#search(from, to);
      else this.#sendRound(round, from, isKnown ? to : this.farthest);
      // Hops that are late, or silent, are waited for once, at the end.
      if (round === 0 && !(isKnown && this.#isBlind)) await this.#until(found);
      this.#rest(round + 1 < burst && !this.#askedTargetEnough ? intervalMs : restMs);
    }
    await this.#until(found);
  }

  /** Without the target there is no trace: it is asked at last though it may have nothing left. */
  async #askLast(ttl: number): Promise<void> {
    this.#send(ttl, 0, NO_TURN);
    await this.#until(() => this.end !== undefined || this.#hadItsTime);
  }

  /** No answer to a round changes the next: SYNs are not to meet the connection of the one before, and packets that are too large are not to be sent again. */
  get #isBlind(): boolean {
    return this.channel.mode !== 'tcp' && this.settings.packetBytes <= SAFE_MTU[this.channel.family];
  }

  /** What went beyond the target asked it as well, and Linux answers no more than six datagrams at once (icmp_ratelimit, icmp(7)). */
  get #askedTargetEnough(): boolean {
    const { end, sent } = this;
    return this.channel.mode === 'udp' && end !== undefined && sent.filter(({ ttl }) => ttl >= end).length >= BURST_ROUNDS;
  }

  async #due(): Promise<void> {
    await this.#until(() => performance.now() >= this.#dueAt);
    this.#dueAt = Math.max(this.#dueAt, performance.now());
  }

  #rest(ms: number): void {
    this.#dueAt += Math.max(ms, this.#resetMs);
  }

  /** The target has to hear the reset of one SYN before it takes the next: until then it is the same connection. */
  get #resetMs(): number {
    return this.channel.mode === 'tcp' ? RESET * this.#longestMs : 0;
  }

  /** Nothing more is to be sent. */
  get isOver(): boolean {
    return this.signal.aborted || this.failure !== undefined;
  }

  /** Whether the target itself ended the path. */
  get isReached(): boolean {
    return this.end !== undefined && this.addressAt(this.end) === this.ends.address;
  }

  /** All that had come by then has been read, `performance.now()`: patience counts from it, since answers may wait behind what others send. */
  get heardUntil(): number {
    return performance.now() - this.#reader.lag.ms;
  }

  /** How long an answer of a hop that answers is waited for, once the target has, ms. */
  get patienceMs(): number {
    return this.#patience(SHORTEST_PATIENCE_MS);
  }

  /** Who answered the trace's own flow first at a TTL; undefined for a silent hop. */
  addressAt(ttl: number): string | undefined {
    const isAnswer = (probe: Sent): boolean => probe.ttl === ttl && probe.flow === 0 && probe.answer?.kind !== 'too-big';
    return this.sent.find((probe) => isAnswer(probe) && probe.answer)?.answer?.from;
  }

  /** Sends a packet of another flow, where one of the routers that are known at the hop has an answer left; undefined: not now, or, the trace being over, never. */
  send({ ttl, flow }: Query, routers: readonly string[]): Sent | undefined {
    const turn = this.#pace.take(ttl, false, routers);
    if (!turn) return undefined;
    this.#send(ttl, LOOKING, turn, flow);
    return this.failure ? undefined : this.sent.at(-1);
  }

  /** Waits for answers, a few ms at most, and takes them. */
  async pause(): Promise<void> {
    const due = performance.now() + LOOK_MS;
    await this.#until(() => performance.now() >= due);
  }

  /** A round to hops that are known. */
  #sendRound(round: number, from: number, to: number): void {
    for (let ttl = from; ttl <= Math.min(to, this.end ?? to) && !this.isOver; ttl++) this.#ask(ttl, round);
    this.#pump();
  }

  /** The first round where nobody knows how far it goes: a little ahead of the farthest answer. */
  async #search(from: number, to: number): Promise<void> {
    for (let ttl = from; ttl <= Math.min(to, this.end ?? to) && !this.isOver; ttl++) {
      await this.#until(() => this.end !== undefined || ttl <= this.farthest + WINDOW[this.channel.mode] || this.#isStuck);
      if (ttl <= (this.end ?? to) && !this.isOver) this.#ask(ttl, 0);
      this.#pump();
    }
  }

  /** The next hops are asked though those before have not answered: they may be silent. */
  get #isStuck(): boolean {
    return this.heardUntil - this.#progressAt > Math.max(WINDOW_MS, PATIENCE * this.#longestMs);
  }

  /** Waits until all answers are there, or until what is late had its time. */
  async #settle(): Promise<void> {
    await this.#until(() => (this.#allAnswered && this.#reader.lag.errors === 0) || this.#hadItsTime);
  }

  get #hadItsTime(): boolean {
    if (this.#line.holds) return false;
    const quietMs = this.heardUntil - this.#progressAt;
    if (this.end === undefined) return quietMs > this.settings.timeoutMs;
    if (quietMs < this.#patience(SILENT_PATIENCE_MS)) return false;
    return quietMs > this.patienceMs || this.#missesOnlySilent;
  }

  #patience(shortestMs: number): number {
    return Math.min(this.settings.timeoutMs, Math.max(shortestMs, PATIENCE * this.#longestMs));
  }

  /** Whether all hops that have answered have answered everything. */
  get #missesOnlySilent(): boolean {
    const spoke = new Set(this.sent.flatMap(({ ttl, answer }) => (answer ? ttl : [])));
    return this.sent.every(({ ttl, answer }) => answer !== undefined || ttl > (this.end ?? ttl) || !spoke.has(ttl));
  }

  get #allAnswered(): boolean {
    const { end } = this;
    return end !== undefined && !this.#line.holds && this.sent.every(({ ttl, answer }) => ttl > end || answer !== undefined);
  }

  async #until(done: () => boolean): Promise<void> {
    const { sender, listener } = this.channel;
    this.#pump();
    while (!done() && !this.isOver) {
      const now = performance.now();
      // Soon after something came the next is near; and the end of the patience with who is silent is not slept through.
      const silentMs = this.#progressAt + this.#patience(SILENT_PATIENCE_MS) - now;
      const lookMs = Math.min(LOOK_MS, 1 + (now - this.#progressAt) / 8, silentMs > 0 ? silentMs : LOOK_MS);
      await whenReady((listener ?? sender).fd, POLLIN, now + lookMs, this.signal);
      this.#pump();
    }
  }

  /** Takes what came, and sends again what was too large, and what waited for its turn. */
  #pump(): void {
    this.#reader.drain();
    for (const { ttl, round, flow } of this.#again.splice(0)) if (!this.isOver) this.#ask(ttl, round, flow);
    this.#line.pass((ttl, round) => !this.isOver && this.#tryTo(ttl, round));
  }

  /** Asks a hop as soon as its router has an answer left. What a later round does not get in time is left out. */
  #ask(ttl: number, round: number, flow = 0): void {
    if (round >= this.rhythm.burst && this.#line.waits(ttl)) this.#line.skip(ttl);
    else if (!this.#tryTo(ttl, round, flow)) this.#line.join(ttl, round, this.#pace.patienceMs(ttl));
  }

  #tryTo(ttl: number, round: number, flow = 0): boolean {
    const turn = flow > 0 ? NO_TURN : this.#pace.take(ttl, !this.#line.isAsked(ttl));
    if (turn) this.#send(ttl, round, turn, flow);
    return turn !== undefined;
  }

  #send(ttl: number, round: number, turn: Turn, flow = 0): void {
    if (flow === 0) this.#progressAt = performance.now();
    this.sent.push({ ttl, round, flow, userStamp: realtimeMs(), stamp: NaN, answer: undefined });
    const errno = this.#packets.send(this.sent.length - 1, ttl, flow);
    if (errno === 0) {
      this.#pace.sent(this.sent.length - 1, ttl, turn);
      if (flow === 0) this.#line.ask(ttl);
      return;
    }
    this.sent.pop();
    if (errnoName(errno) === 'EMSGSIZE' && this.#fitsFirstLink()) this.#send(ttl, round, turn, flow);
    else this.failure = failureOfErrno(errno, this.ends.address);
  }

  /** Whether packets are smaller from now on, since this host's own link carries no more. */
  #fitsFirstLink(): boolean {
    const link = this.ends.firstLink?.();
    if (!link || link.mtu >= this.#packets.bytes || link.mtu < SMALLEST_PACKET) return false;
    this.narrowings.push({ ttl: 0, from: link.address, mtu: link.mtu });
    this.#packets.bytes = link.mtu;
    return true;
  }

  #wasAnswered(answer: Answer): void {
    const probe = this.sent[answer.number];
    if (!probe || probe.answer) return;
    probe.answer = answer;
    this.#pace.answered(answer, probe);
    if (answer.kind === 'too-big') return this.#wasTooBig(probe, answer);
    if (probe.flow > 0) return;
    this.#progressAt = performance.now();
    const tookMs = answer.stamp - probe.userStamp;
    if (tookMs > this.#longestMs) this.#longestMs = tookMs;
    if (endsPath(answer, this.channel.family) && probe.ttl < (this.end ?? Infinity)) this.end = probe.ttl;
    if (probe.ttl <= (this.end ?? Infinity)) this.farthest = Math.max(this.farthest, probe.ttl);
    if (this.end === undefined) return;
    this.farthest = Math.min(this.farthest, this.end);
    this.#line.cut(this.end);
  }

  #wasTooBig(probe: Sent, { from, mtu, number }: Answer): void {
    const bytes = this.#packets.sizeOf(number);
    const isKnown = this.narrowings.some((known) => known.from === from && known.mtu === mtu);
    const fits = Math.max(SMALLEST_PACKET, Math.min(this.#packets.bytes, mtu > 0 ? mtu : SAFE_MTU[this.channel.family]));
    // It would say the same again, and again: of a packet that is no larger than what it asks for, or cannot be made smaller.
    if (fits >= bytes || (!isKnown && this.narrowings.length >= MOST_NARROWINGS)) return this.#wasRefused(probe, { from, mtu, bytes });
    if (!isKnown) this.narrowings.push({ from, mtu });
    this.#packets.bytes = fits;
    this.#again.push({ ttl: probe.ttl, round: probe.round, flow: probe.flow });
  }

  #wasRefused({ ttl, flow }: Sent, refusal: Refusal): void {
    if (flow > 0 || ttl >= (this.end ?? Infinity)) return;
    this.refusal = refusal;
    this.end = ttl;
    this.farthest = Math.min(this.farthest, ttl);
    this.#line.cut(ttl);
    this.#progressAt = performance.now();
  }
}
