import { addressBytes, addressText } from '../kernel/address.js';
import { IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_TCP, ORIGIN_ICMP, ORIGIN_ICMP6, ORIGIN_TIMESTAMPING } from '../kernel/constants.js';
import { ECHO_REPLY, ECHO_REQUEST, ICMP_HEADER } from '../kernel/icmp.js';
import { Lag } from '../kernel/lag.js';
import { ReceiveArena, type Ancillary } from '../kernel/receive.js';
import type { Channel } from './channel.js';
import { kindOf, parseIcmp, type AnswerKind, type IcmpMessage, type Quoted } from './icmp-message.js';
import type { MplsLabel } from './mpls.js';
import { hasCookie, numberByTrailer, numberOfDatagram, numberOfEcho } from './packet.js';
import { numberOfAnswer, numberOfQuotedSyn, numberOfSentSyn } from './syn.js';

/** What came back for a probe. */
export interface Answer {
  readonly number: number;
  readonly kind: AnswerKind;
  /** ICMP type and code; a UDP datagram from the target has none. */
  readonly type: number;
  readonly code: number;
  readonly from: string;
  /** Kernel's receive stamp, ms on the scale of `stampMs`; NaN where there is none. */
  readonly stamp: number;
  /** Type of service with which the probe came to who answered; undefined where that cannot be seen. */
  readonly tos: number | undefined;
  /** TTL or hop limit with which the answer itself arrived; undefined where the kernel did not say. */
  readonly ttl: number | undefined;
  readonly mtu: number;
  readonly labels: readonly MplsLabel[];
}

/** By what a trace knows its own packets. */
export interface Own {
  /** Of the run. */
  readonly cookie: Buffer;
  /** At the target; 0 by ICMP. */
  readonly port: number;
  readonly target: string;
  /** Size of the largest IP packet that was sent, all of which comes back in an echo reply. */
  readonly bytes: number;
}

/** Who is told what the sockets hold. */
export interface Listeners {
  answered(answer: Answer): void;
  sent(number: number, stamp: number): void;
}

const UDP_HEADER = 8;
const PACKETS = 64;
/** Room for a packet; and for the link's and other headers before ours. */
const LEAST_BYTES = 2048;
const HEADERS = 256;
const ADDRESS = { 4: [4, 8], 6: [8, 24] } as const;
const UNREACHABLE_TYPE = { 4: 3, 6: 1 } as const;

/** Takes what came to the sockets of a trace and finds the probe that it belongs to. */
export class Reader {
  readonly lag = new Lag();
  readonly #arena: ReceiveArena;
  readonly #target: Buffer;

  constructor(
    private readonly channel: Channel,
    private readonly own: Own,
    private readonly listeners: Listeners,
  ) {
    this.#arena = new ReceiveArena(PACKETS, Math.max(LEAST_BYTES, own.bytes + HEADERS), 256);
    this.#target = addressBytes(own.target);
  }

  /** Takes what waits, as far as this turn of the event loop allows. */
  drain(): void {
    const { sender, listener } = this.channel;
    const heard = listener ? this.#arena.takeWaiting(listener.fd, false, (index) => this.#readRaw(index)) : 0;
    const own = listener === sender ? 0 : this.#arena.takeWaiting(sender.fd, false, (index) => this.#readOwn(index));
    this.lag.packets = Math.max(heard, own);
    this.lag.errors = this.#arena.takeWaiting(sender.fd, true, (index) => this.#readQueue(index));
  }

  #from(index: number): string {
    const [first, end] = ADDRESS[this.channel.family];
    const at = this.#arena.nameStart(index);
    return addressText(this.#arena.memory.subarray(at + first, at + end));
  }

  /** A whole ICMP message; over IPv4 its IP header comes first. */
  #readRaw(index: number): void {
    const data = this.#arena.data(index);
    const start = this.channel.family === 4 ? ((data[0] ?? 0) & 15) * 4 : 0;
    const bytes = data.subarray(start);
    const message = parseIcmp(this.channel.family, bytes);
    if (!message) return;
    const number = message.kind === 'reply' ? this.#numberOfReply(bytes) : this.#numberOfQuote(message);
    if (number === undefined) return;
    const { kind, code, mtu, labels, quoted } = message;
    const { stamp, ttl } = this.#arena.ancillary(index);
    this.listeners.answered({
      ...{ number, kind, code, mtu, labels, stamp },
      type: bytes[0] ?? 0,
      from: this.#from(index),
      tos: quoted?.tos,
      ttl: known(ttl),
    });
  }

  #numberOfReply(message: Buffer): number | undefined {
    const { mode, family, id } = this.channel;
    if (mode !== 'icmp' || numberByTrailer(message, this.own.cookie) === undefined) return undefined;
    return numberOfEcho(message, ECHO_REPLY[family], id);
  }

  #numberOfQuote({ quoted }: IcmpMessage): number | undefined {
    const { mode, id } = this.channel;
    if (!quoted) return undefined;
    if (mode === 'icmp') return this.#numberOfQuotedEcho(quoted);
    if (mode === 'tcp') return quoted.protocol === IPPROTO_TCP ? numberOfQuotedSyn(quoted.transport, id, this.own.cookie) : undefined;
    if (quoted.transport.readUInt16BE(0) !== id) return undefined;
    return numberOfDatagram(quoted.transport.subarray(UDP_HEADER), this.own.cookie);
  }

  /** Identifiers are few: other traces of this host may have the same. Where so little is quoted that the cookie is not there, the target tells them apart. */
  #numberOfQuotedEcho({ protocol, destination, transport }: Quoted): number | undefined {
    const { family, id } = this.channel;
    if (protocol !== (family === 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6)) return undefined;
    if (!(hasCookie(transport, this.own.cookie) ?? destination.equals(this.#target))) return undefined;
    return numberOfEcho(transport, ECHO_REQUEST[family], id);
  }

  /** What the sending socket itself received: an echo reply, an answer of whoever listens on the UDP port, or the target's SYN-ACK or reset. */
  #readOwn(index: number): void {
    const number = this.#numberOfOwn(this.#arena.data(index));
    if (number === undefined) return;
    const { stamp, ttl } = this.#arena.ancillary(index);
    const nothingMore = { type: 0, code: 0, tos: undefined, mtu: 0, labels: [] };
    this.listeners.answered({ ...nothingMore, number, kind: 'reply', from: this.#from(index), stamp, ttl: known(ttl) });
  }

  #numberOfOwn(data: Buffer): number | undefined {
    const { mode, family, id } = this.channel;
    if (mode === 'udp') return numberOfDatagram(data, this.own.cookie);
    if (mode === 'icmp') {
      const isReply = data[0] === ECHO_REPLY[family] && data.length >= ICMP_HEADER;
      return isReply ? numberByTrailer(data, this.own.cookie) : undefined;
    }
    const start = family === 4 ? ((data[0] ?? 0) & 15) * 4 : 0;
    return numberOfAnswer(data.subarray(start), { sourcePort: id, port: this.own.port }, this.own.cookie);
  }

  /** Send stamps come with the packet that was sent, ICMP errors with what they quote of its payload. */
  #readQueue(index: number): void {
    const data = this.#arena.data(index);
    const ancillary = this.#arena.ancillary(index);
    const { errorOrigin, stamp } = ancillary;
    if (errorOrigin === ORIGIN_TIMESTAMPING) {
      const { mode, id } = this.channel;
      const number = mode === 'tcp' ? numberOfSentSyn(data, id, this.own.cookie) : numberByTrailer(data, this.own.cookie);
      if (number !== undefined) this.listeners.sent(number, stamp);
    } else if (errorOrigin === ORIGIN_ICMP || errorOrigin === ORIGIN_ICMP6) this.#readQueuedError(data, ancillary);
  }

  #readQueuedError(data: Buffer, { errorType: type, errorCode: code, errorInfo, offender, stamp, ttl }: Ancillary): void {
    const { mode, family } = this.channel;
    const kind = kindOf(family, type, code);
    const number =
      mode === 'udp'
        ? numberOfDatagram(data, this.own.cookie)
        : data.length >= ICMP_HEADER && data[0] === ECHO_REQUEST[family]
          ? data.readUInt16BE(6)
          : undefined;
    if (kind === undefined || number === undefined) return;
    const mtu = kind === 'too-big' ? errorInfo : 0;
    this.listeners.answered({ number, kind, type, code, from: offender, stamp, tos: undefined, ttl: known(ttl), mtu, labels: [] });
  }
}

function known(ttl: number): number | undefined {
  return ttl < 0 ? undefined : ttl;
}

/** Whether an answer means that the probe came to an end: the target answered, or somebody refused to carry it on. */
export function endsPath({ kind, type }: Answer, family: 4 | 6): boolean {
  return kind === 'reply' || kind === 'port-unreachable' || (kind === 'unreachable' && type === UNREACHABLE_TYPE[family]);
}
