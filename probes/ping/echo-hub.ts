import { randomBytes } from 'node:crypto';
import { errnoName } from '../kernel/socket.js';
import { ClockWatch, realtimeMs } from '../kernel/clock.js';
import { ReceiveArena } from '../kernel/receive.js';
import { SendArena } from '../kernel/send.js';
import { Burst, type BurstPlan } from './burst.js';
import { TRAILER, writeEchoRequest } from './echo-packet.js';
import { EchoReader } from './echo-reader.js';
import { openEchoSocket, type EchoSocket, type EchoSocketKind } from '../kernel/echo-socket.js';
import { failureOfErrno } from '../kernel/icmp-error.js';
import { echoIdentifiers } from '../kernel/source-port.js';
import { workerNumber } from '../kernel/worker-number.js';
import { SlotTable } from './slots.js';

/** A burst as it ended, and what the socket itself had to say. */
export interface EchoOutcome {
  readonly burst: Burst;
  readonly kind: EchoSocketKind;
  /** Echo identifier of the burst's requests. */
  readonly id: number;
  /** Datagrams that our own socket dropped meanwhile. */
  readonly drops: number;
}

interface Waiting {
  readonly end: (outcome: EchoOutcome) => void;
  readonly dropsBefore: number;
}

/** Stamps may be missing right after a socket has asked for them, since the kernel switches them on in the background. */
const STAMPS_READY_MS = 5;
const SHORTEST_POLL_MS = 1;
const POLL_GROWTH = 1.6;
/** Longest pause between two looks for replies that nothing else takes along, ms: where we have to stamp them, and where the kernel does. */
const LONGEST_POLL_MS = { ours: 16, kernels: 100 } as const;
/** Replies that the kernel stamps lose nothing while they wait for the next request, of whichever burst, to take them along: for so long at most, ms. */
const LONGEST_REST_MS = 250;
/** The last ones are waited for by somebody: they rest for so long at most, ms. */
const LAST_REST_MS = 50;
/** A reply is looked for when the slowest so far would have come, and this much later, ms. */
const MARGIN_MS = 1;
/** The socket stays open for so long after its last user: runs come every few seconds, and opening costs. */
const IDLE_MS = 30_000;
/** Headers that may stand before a packet in the error queue. */
const HEADERS = 128;
const BATCH = 128;
/** A refusal that stands so many times in a row is the packet's own. */
const SEND_ATTEMPTS = 3;

const arenas = new Map<number, { readonly send: SendArena; readonly receive: ReceiveArena }[]>();

/** One ICMP socket for all bursts of a worker that can share it: requests that are due together go out by one call. */
export class EchoHub {
  readonly #echo: EchoSocket;
  readonly #arenas: { readonly send: SendArena; readonly receive: ReceiveArena };
  readonly #reader: EchoReader;
  readonly #slots = new SlotTable();
  readonly #bursts = new Map<Burst, Waiting>();
  readonly #cookie = randomBytes(8);
  readonly #clock = new ClockWatch();
  readonly #ready: Promise<void>;
  readonly #queued: { readonly burst: Burst; readonly index: number }[] = [];
  #generation = 0;
  #pollMs = SHORTEST_POLL_MS;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #wakeMs = Number.POSITIVE_INFINITY;
  #users = 0;
  #idle: NodeJS.Timeout | undefined;
  #drops = 0;
  #dropsReadMs = Number.NEGATIVE_INFINITY;

  constructor(
    family: 4 | 6,
    dscp: number,
    private readonly packetBytes: number,
    identifiers: readonly number[],
    private readonly onClosed: () => void,
  ) {
    this.#echo = openEchoSocket(family, dscp, identifiers, { word: this.#cookie.readUInt32BE(0), fromEnd: TRAILER });
    this.#arenas = arenas.get(packetBytes)?.pop() ?? {
      send: new SendArena(BATCH, packetBytes),
      receive: new ReceiveArena(BATCH, packetBytes + HEADERS, 192),
    };
    this.#reader = new EchoReader(this.#echo, this.#arenas.receive, this.#slots, this.#cookie);
    this.#ready = new Promise((resolve) => setTimeout(resolve, STAMPS_READY_MS));
  }

  /** Sends a burst and waits for its replies. Resolves early, with what there is, when the signal aborts. */
  async run(plan: BurstPlan, signal: AbortSignal): Promise<EchoOutcome> {
    this.#users++;
    clearTimeout(this.#idle);
    try {
      await this.#ready;
      return await this.#start(plan, signal);
    } finally {
      if (--this.#users === 0) this.#idle = setTimeout(() => this.#close(), IDLE_MS).unref();
    }
  }

  #start(plan: BurstPlan, signal: AbortSignal): Promise<EchoOutcome> {
    const burst = new Burst(plan, (this.#generation = (this.#generation + 1) >>> 0), performance.now());
    return new Promise((resolve) => {
      const abort = (): void => this.#cut(burst);
      const end = (outcome: EchoOutcome): void => {
        signal.removeEventListener('abort', abort);
        resolve(outcome);
      };
      this.#bursts.set(burst, { end, dropsBefore: this.#dropsNow() });
      if (signal.aborted) return abort();
      signal.addEventListener('abort', abort, { once: true });
      // Those that begin in the same turn go out together.
      if (!this.#immediate) this.#immediate = setImmediate(() => this.#tick());
    });
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#echo.socket.close();
    const pool = arenas.get(this.packetBytes) ?? [];
    pool.push(this.#arenas);
    arenas.set(this.packetBytes, pool);
    this.onClosed();
  }

  #wakeAt(timeMs: number): void {
    if (timeMs >= this.#wakeMs) return;
    clearTimeout(this.#timer);
    this.#wakeMs = timeMs;
    this.#timer = setTimeout(() => this.#tick(), Math.max(0, Math.ceil(timeMs - performance.now())));
  }

  #tick(): void {
    clearTimeout(this.#timer);
    this.#immediate = undefined;
    this.#wakeMs = Number.POSITIVE_INFINITY;
    const nowMs = performance.now();
    const userStamp = realtimeMs();
    let busy = this.#takeReplies(userStamp);
    this.#dropsReadMs = Number.NEGATIVE_INFINITY;
    busy += this.#sendDue(nowMs, userStamp - nowMs);
    const longestMs = this.#reader.stamped ? LONGEST_POLL_MS.kernels : LONGEST_POLL_MS.ours;
    this.#pollMs = busy > 0 ? SHORTEST_POLL_MS : Math.min(this.#pollMs * POLL_GROWTH, longestMs);
    const nextMs = this.#settle(nowMs);
    const isBehind = this.#reader.lag.ms > 0;
    if (this.#bursts.size > 0) this.#wakeAt(isBehind ? nowMs : nextMs);
  }

  /** Takes what has come. The clock is looked at first: replies since the last look may have been stamped after a step. Gives how many came. */
  #takeReplies(userStamp = realtimeMs()): number {
    if (this.#clock.stepMs() !== 0) for (const burst of this.#bursts.keys()) burst.clockStepped();
    return this.#reader.drain(userStamp);
  }

  /** Sends every request that is due; gives how many. */
  #sendDue(nowMs: number, toStamp: number): number {
    let sent = 0;
    let isLast = false;
    for (const burst of this.#bursts.keys()) {
      if (this.#slots.full || !burst.isDue(nowMs)) continue;
      this.#queue(burst, nowMs, toStamp);
      sent++;
      isLast ||= burst.allSent;
      if (this.#arenas.send.full) {
        this.#flush();
        this.#takeReplies(nowMs + toStamp);
      }
    }
    this.#flush();
    // On the loopback, and nearly so next door, the reply that a burst ends with is there by now.
    if (isLast) this.#takeReplies();
    return sent;
  }

  #queue(burst: Burst, nowMs: number, toStamp: number): void {
    const index = burst.take(nowMs, toStamp);
    const sequence = this.#slots.take(burst, index) ?? 0;
    const { sockaddr, length } = burst.plan;
    const at = this.#arenas.send.queue(sockaddr, length);
    const { family, id } = this.#echo;
    writeEchoRequest(this.#arenas.send.memory, at, length, family, id, this.#cookie, burst.generation, sequence);
    this.#queued.push({ burst, index });
  }

  #flush(): void {
    const { send } = this.#arenas;
    let from = 0;
    let attempts = 0;
    while (from < send.queued) {
      const sent = send.send(this.#echo.socket.fd, from);
      if (sent <= 0 && ++attempts < SEND_ATTEMPTS) {
        // The error may be an earlier packet's, or that of another program's, told late: taking the error queue clears it.
        this.#reader.drainErrors();
        continue;
      }
      attempts = 0;
      if (sent > 0) from += sent;
      else this.#refuse(from++, -sent);
    }
    send.clear();
    this.#queued.length = 0;
  }

  #refuse(place: number, errno: number): void {
    const queued = this.#queued[place];
    if (!queued) throw new Error(`place ${place} was not queued (${errnoName(errno)})`);
    queued.burst.wasRefused(queued.index, failureOfErrno(errno, queued.burst.plan.label));
  }

  /** Ends the bursts that are over; gives when to look again. */
  #settle(nowMs: number): number {
    let dueMs = Number.POSITIVE_INFINITY;
    let lookMs = Number.POSITIVE_INFINITY;
    const { stamped, lag } = this.#reader;
    for (const burst of this.#bursts.keys()) {
      const endMs = burst.allSent ? burst.lastSentMs + burst.plan.timeoutMs : Number.POSITIVE_INFINITY;
      // What came in time is taken first, however much stands before it.
      if ((burst.allSettled && lag.errors === 0) || nowMs - lag.ms >= endMs) this.#finish(burst);
      else {
        dueMs = Math.min(dueMs, burst.allSent ? endMs : burst.nextSendMs);
        if (burst.awaitsReply) lookMs = Math.min(lookMs, this.#whenToLook(burst, nowMs));
      }
    }
    const restMs = stamped ? LAST_REST_MS : LONGEST_POLL_MS.ours;
    // What is sent by then anyway takes the replies along.
    return dueMs - nowMs <= restMs ? dueMs : Math.min(dueMs, lookMs);
  }

  /** When to look for the replies of a burst, if no request is sent before. */
  #whenToLook(burst: Burst, nowMs: number): number {
    if (!this.#reader.stamped) return nowMs + this.#pollMs;
    if (!burst.allSent) return nowMs + LONGEST_REST_MS;
    const expectedMs = burst.lastSentMs + burst.longestMs + MARGIN_MS;
    return expectedMs > nowMs ? expectedMs : nowMs + this.#pollMs;
  }

  /** The socket's drops, read once for all bursts that begin or end together. */
  #dropsNow(): number {
    const nowMs = performance.now();
    if (nowMs - this.#dropsReadMs > 1) {
      this.#drops = this.#echo.socket.drops();
      this.#dropsReadMs = nowMs;
    }
    return this.#drops;
  }

  #cut(burst: Burst): void {
    const userStamp = realtimeMs();
    this.#takeReplies(userStamp);
    burst.cut(userStamp);
    this.#finish(burst);
  }

  #finish(burst: Burst): void {
    const waiting = this.#bursts.get(burst);
    if (!waiting) return;
    this.#bursts.delete(burst);
    this.#slots.release(burst);
    burst.close();
    const drops = this.#dropsNow() - waiting.dropsBefore;
    waiting.end({ burst, kind: this.#echo.kind, id: this.#echo.id, drops });
  }
}

const hubs = new Map<string, EchoHub>();

/** The size classes of packets: one socket's arenas hold packets up to one of these. */
const PACKET_CLASSES = [128, 1500, 9100] as const;

/**
 * The worker's socket for such packets, opened where there is none. All tests share it, and with it the identifier of a flow: that of the n-th flow is the same
 * after every restart, unless another process has it. @throws ProbeFailure PERMISSION, UNSUPPORTED
 */
export function echoHub(family: 4 | 6, dscp: number, length: number, flow: number): EchoHub {
  const packetBytes = PACKET_CLASSES.find((bytes) => bytes >= length) ?? length;
  const key = `${family}/${dscp}/${packetBytes}/${flow}`;
  const existing = hubs.get(key);
  if (existing) return existing;
  // Each worker tries identifiers of its own: of two that try the same ones, who comes first would change from start to start.
  const seed = workerNumber() === 0 ? key : `${key} worker ${workerNumber()}`;
  const hub = new EchoHub(family, dscp, packetBytes, echoIdentifiers(seed), () => hubs.delete(key));
  hubs.set(key, hub);
  return hub;
}
