import { ECHO_REQUEST, ICMP_HEADER, internetChecksum } from '../kernel/icmp.js';

/**
 * ICMP echo packets (RFC 792, RFC 4443), ours recognised by the last 16 bytes of the payload:
 * cookie of the socket (8), generation of the burst (4), sequence number (2), zero (2). At the end, since what the kernel gives back of a sent packet begins
 * with headers whose length depends on the interface.
 */
export const TRAILER = 16;

/** Writes an echo request of `length` bytes, header included, at `at`. The checksum of ICMPv6 is the kernel's to fill in. */
export function writeEchoRequest(
  memory: Buffer,
  at: number,
  length: number,
  family: 4 | 6,
  id: number,
  cookie: Buffer,
  generation: number,
  sequence: number,
): void {
  memory.writeUInt32BE(ECHO_REQUEST[family] * 2 ** 24, at);
  memory.writeUInt16BE(id, at + 4);
  memory.writeUInt16BE(sequence, at + 6);
  memory.fill(0, at + ICMP_HEADER, at + length - TRAILER);
  const trailer = at + length - TRAILER;
  cookie.copy(memory, trailer);
  memory.writeUInt32BE(generation, trailer + 8);
  memory.writeUInt16BE(sequence, trailer + 12);
  memory.writeUInt16BE(0, trailer + 14);
  if (family === 4) memory.writeUInt16BE(internetChecksum(memory, at, length), at + 2);
}

/** Whether bytes that end at `end` carry this cookie: they are then a packet of this socket. */
export function carriesCookie(memory: Buffer, start: number, end: number, cookie: Buffer): boolean {
  const trailer = end - TRAILER;
  return trailer >= start && memory.compare(cookie, 0, cookie.length, trailer, trailer + cookie.length) === 0;
}

/** Generation of a packet of ours that ends at `end`. */
export function generationAt(memory: Buffer, end: number): number {
  return memory.readUInt32BE(end - TRAILER + 8);
}

/** Sequence number of a packet of ours that ends at `end`. */
export function sequenceAt(memory: Buffer, end: number): number {
  return memory.readUInt16BE(end - TRAILER + 12);
}
