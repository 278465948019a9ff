import { internetChecksum } from '../kernel/icmp.js';

/**
 * The SYNs of a trace by TCP (RFC 9293): all from one port to one port, so that load balancers and firewalls take them for one connection. The sequence number
 * tells them apart, which stands within the eight bytes that every router quotes, and comes back, one more, in what the target acknowledges. It begins with two
 * bytes of the run's cookie.
 */
export const SYN_BYTES = 24;
const IPPROTO_TCP = 6;
const FLAGS_SYN = 2;
const FLAGS_RST = 4;
const FLAGS_SYN_ACK = 18;
/** Header length of six words, in the upper half of the byte. */
const SIX_WORDS = 6 << 4;
const WINDOW = 64_240;
/** Maximum segment size: a SYN without one is odd, and odd SYNs are dropped by some. */
const MSS_OPTION = Buffer.from([2, 4, 0x05, 0xb4]);

/** The two ends of the connection that is never made. */
export interface Ends {
  /** Addresses as they stand in the IP header. */
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly sourcePort: number;
  readonly port: number;
}

function sequenceOf(cookie: Buffer, number: number): number {
  return cookie.readUInt16BE(0) * 0x10000 + number;
}

function numberIn(sequence: number, cookie: Buffer): number | undefined {
  return Math.floor(sequence / 0x10000) === cookie.readUInt16BE(0) ? sequence % 0x10000 : undefined;
}

/** Writes a SYN at `at`, its checksum included. */
export function writeSyn(
  memory: Buffer,
  at: number,
  { source, destination, sourcePort, port }: Ends,
  cookie: Buffer,
  number: number,
): void {
  memory.fill(0, at, at + SYN_BYTES);
  memory.writeUInt16BE(sourcePort, at);
  memory.writeUInt16BE(port, at + 2);
  memory.writeUInt32BE(sequenceOf(cookie, number), at + 4);
  memory.writeUInt8(SIX_WORDS, at + 12);
  memory.writeUInt8(FLAGS_SYN, at + 13);
  memory.writeUInt16BE(WINDOW, at + 14);
  MSS_OPTION.copy(memory, at + 20);
  // The sum does not care for the order of words: the pseudo-header may be one of either family (RFC 9293, 3.1; RFC 8200, 8.1).
  const summed = Buffer.concat([source, destination, Buffer.from([0, IPPROTO_TCP, 0, SYN_BYTES]), memory.subarray(at, at + SYN_BYTES)]);
  memory.writeUInt16BE(internetChecksum(summed, 0, summed.length), at + 16);
}

/** Number of a SYN of ours as a router quotes it; undefined for another's. */
export function numberOfQuotedSyn(segment: Buffer, sourcePort: number, cookie: Buffer): number | undefined {
  if (segment.length < 8 || segment.readUInt16BE(0) !== sourcePort) return undefined;
  return numberIn(segment.readUInt32BE(4), cookie);
}

/** Number of a SYN of ours as the kernel gives sent packets back: it ends the packet. */
export function numberOfSentSyn(packet: Buffer, sourcePort: number, cookie: Buffer): number | undefined {
  return packet.length < SYN_BYTES ? undefined : numberOfQuotedSyn(packet.subarray(packet.length - SYN_BYTES), sourcePort, cookie);
}

/** Number of the SYN that a target answers with a SYN-ACK or a reset; undefined for other segments. */
export function numberOfAnswer(
  segment: Buffer,
  { sourcePort, port }: Pick<Ends, 'sourcePort' | 'port'>,
  cookie: Buffer,
): number | undefined {
  if (segment.length < 20 || segment.readUInt16BE(0) !== port || segment.readUInt16BE(2) !== sourcePort) return undefined;
  const flags = segment.readUInt8(13);
  if ((flags & FLAGS_RST) === 0 && (flags & FLAGS_SYN_ACK) !== FLAGS_SYN_ACK) return undefined;
  return numberIn((segment.readUInt32BE(8) + 0xffffffff) % 0x100000000, cookie);
}
