import type { Socket } from 'node:net';
import { SOL_TCP, TCP_INFO } from './constants.js';
import { kernelAvailability, libc } from './libc.js';
import { parseTcpInfo } from './tcp-info.js';

/** Up to the last field that is looked at, `totalRetransmits`. */
const BYTES = 104;

/**
 * The round trip of a handshake by the kernel's own clock, ms, asked right after it: from the SYN to the SYN-ACK, without what the event loop takes to hear of
 * it (tcp(7), TCP_INFO). Undefined where the kernel does not tell: after a lost SYN (Karn), or off Linux.
 */
export function handshakeRttMs(socket: Socket): number | undefined {
  // Not documented by Node, and the same since its first versions; on Windows there is none.
  const fd = (socket as unknown as { readonly _handle?: { readonly fd?: number } | null })._handle?.fd ?? -1;
  if (fd < 0 || !kernelAvailability().available) return undefined;
  const info = Buffer.alloc(BYTES);
  const length = Buffer.from(Uint32Array.of(BYTES).buffer);
  if (libc().getsockopt(fd, SOL_TCP, TCP_INFO, info, length) !== 0 || length.readUInt32LE() < BYTES) return undefined;
  const { rttMs, totalRetransmits } = parseTcpInfo(info);
  return totalRetransmits > 0 || rttMs === 0 ? undefined : rttMs;
}
