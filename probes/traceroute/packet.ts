import { ECHO_REQUEST, ICMP_HEADER, internetChecksum } from '../kernel/icmp.js';

/**
 * What the probes are made of: all of one flow, so that load balancers treat them alike (Paris traceroute, Augustin et al., 2006). Addresses, ports and
 * identifier stay; the number of the probe does not change the checksum, since a last word makes up for it.
 *
 * A payload ends with the trailer: cookie of the run (4 bytes), number (2), word that makes up for it (2). One of UDP begins with the number and the
 * cookie as well, one of an echo request with the cookie, for routers that quote only the first bytes.
 */
export const TRAILER = 8;
export const COOKIE_BYTES = 4;
const UDP_HEAD = 2 + COOKIE_BYTES;

/** The word that makes a packet with the number in it twice sum up as any other (RFC 1071: sums are modulo 0xffff). */
function compensation(number: number): number {
  return 0xffff - ((2 * number) % 0xffff);
}

function writeTrailer(memory: Buffer, end: number, cookie: Buffer, number: number): void {
  cookie.copy(memory, end - TRAILER, 0, COOKIE_BYTES);
  memory.writeUInt16BE(number, end - 4);
  memory.writeUInt16BE(compensation(number), end - 2);
}

/** Writes an echo request of `length` bytes, header included, at `at`; the checksum of ICMPv6 is the kernel's to fill in. */
export function writeEcho(memory: Buffer, at: number, length: number, family: 4 | 6, id: number, cookie: Buffer, number: number): void {
  memory.fill(0, at, at + length);
  memory.writeUInt8(ECHO_REQUEST[family], at);
  memory.writeUInt16BE(id, at + 4);
  memory.writeUInt16BE(number, at + 6);
  cookie.copy(memory, at + ICMP_HEADER, 0, COOKIE_BYTES);
  writeTrailer(memory, at + length, cookie, number);
  if (family === 4) memory.writeUInt16BE(internetChecksum(memory, at, length), at + 2);
}

/** Writes a UDP payload of `length` bytes at `at`. */
export function writeDatagram(memory: Buffer, at: number, length: number, cookie: Buffer, number: number): void {
  memory.fill(0, at, at + length);
  memory.writeUInt16BE(number, at);
  cookie.copy(memory, at + 2, 0, COOKIE_BYTES);
  writeTrailer(memory, at + length, cookie, number);
}

/** Number of a packet of ours by its trailer, as the kernel gives sent packets back; undefined for another's. */
export function numberByTrailer(packet: Buffer, cookie: Buffer): number | undefined {
  const at = packet.length - TRAILER;
  if (at < 0 || packet.compare(cookie, 0, COOKIE_BYTES, at, at + COOKIE_BYTES) !== 0) return undefined;
  return packet.readUInt16BE(at + COOKIE_BYTES);
}

/** Number of a datagram of ours by the first bytes of its payload. */
export function numberOfDatagram(payload: Buffer, cookie: Buffer): number | undefined {
  if (payload.length < UDP_HEAD || payload.compare(cookie, 0, COOKIE_BYTES, 2, UDP_HEAD) !== 0) return undefined;
  return payload.readUInt16BE(0);
}

/** Whether an echo request of a quote is of this run: undefined where too little of it is quoted to tell. */
export function hasCookie(icmp: Buffer, cookie: Buffer): boolean | undefined {
  if (icmp.length < ICMP_HEADER + COOKIE_BYTES) return undefined;
  return icmp.compare(cookie, 0, COOKIE_BYTES, ICMP_HEADER, ICMP_HEADER + COOKIE_BYTES) === 0;
}

/** Number of an echo request or reply with this identifier, by its header alone: more is not always quoted. */
export function numberOfEcho(icmp: Buffer, type: number, id: number): number | undefined {
  if (icmp.length < ICMP_HEADER || icmp[0] !== type || icmp.readUInt16BE(4) !== id) return undefined;
  return icmp.readUInt16BE(6);
}
