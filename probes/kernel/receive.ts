import {
  IP_RECVERR, IP_TOS, IP_TTL, IPV6_HOPLIMIT, IPV6_RECVERR, IPV6_TCLASS, MSG_DONTWAIT, MSG_ERRQUEUE, SO_RXQ_OVFL, SO_TIMESTAMPING,
  SO_TIMESTAMPNS, SOL_IP, SOL_IPV6, SOL_PACKET, SOL_SOCKET,
} from './constants.js'; // prettier-ignore
import { addressText } from './address.js';
import { realtimeMs, stampMs } from './clock.js';
import { libc } from './libc.js';
import { MessageArena } from './message-arena.js';
import { turnIsSpent } from './turn.js';

/** What came beside a packet (cmsg(3)). -1 and NaN: the kernel did not say. Reused for the next packet: copy what is to stay. */
export interface Ancillary {
  /** Software stamp, on the scale of `stampMs`. */
  stamp: number;
  ttl: number;
  tos: number;
  /** Datagrams that the socket had dropped when this one was queued (SO_RXQ_OVFL). */
  overflow: number;
  /** An extended error (ip(7), IP_RECVERR): its origin is 0 where there is none. */
  errno: number;
  errorOrigin: number;
  errorType: number;
  errorCode: number;
  errorInfo: number;
  errorData: number;
  /** Who sent the ICMP error; empty where it was this host. */
  offender: string;
}

/** Nobody's buffer takes longer to read, ms: a packet that seems to be older was stamped before a step of the wall clock. */
const LONGEST_LAG_MS = 1000;
const SHORTEST_LAG_MS = 1;

/** Room for many packets with their control messages, received by one recvmmsg(2). Nothing is allocated a packet. */
export class ReceiveArena extends MessageArena {
  readonly #ancillary: Ancillary = emptyAncillary();
  /** Headers that the kernel may have written since they were made ready: those of the last packets, and the one that it stopped at. */
  #used: number;

  /** `packets` at once, the first `bytes` of each, `controlBytes` of control messages each. */
  constructor(packets = 64, bytes = 2048, controlBytes = 256) {
    super(packets, bytes, controlBytes);
    this.#used = packets;
  }

  /** Takes what waits on the socket, or on its error queue, without waiting. Gives how many packets; 0 where nothing waits. */
  receive(fd: number, fromErrorQueue = false): number {
    for (let index = 0; index < this.#used; index++) this.offerRoom(index);
    const count = Math.max(
      0,
      libc().recvmmsg(fd, this.headerAddress(0), this.packets, MSG_DONTWAIT | (fromErrorQueue ? MSG_ERRQUEUE : 0), 0),
    );
    this.#used = Math.min(count + 1, this.packets);
    return count;
  }

  /**
   * Hands what waits on the socket, or on its error queue, to `read` by its index, until nothing waits or the turn is spent (`turnIsSpent`): then the rest waits for
   * the next one. What waits is read in the order in which it came, so that all that came before the lag has been read.
   *
   * @returns by how much it lags behind, ms: 0 where nothing is left, else the age of what was read last by the kernel's stamp, 1 where it has none
   */
  takeWaiting(fd: number, fromErrorQueue: boolean, read: (index: number) => void): number {
    for (;;) {
      const count = this.receive(fd, fromErrorQueue);
      for (let index = 0; index < count; index++) read(index);
      if (count < this.packets) return 0;
      if (turnIsSpent()) return this.#age(count - 1);
    }
  }

  /** The packet's bytes, as far as there was room: a window on the arena, valid until the next `receive`. Hot paths read `memory` itself. */
  data(index: number): Buffer {
    const start = this.dataStart(index);
    return this.memory.subarray(start, start + this.dataLength(index));
  }

  #age(index: number): number {
    const age = realtimeMs() - this.ancillary(index).stamp;
    return age > SHORTEST_LAG_MS ? Math.min(age, LONGEST_LAG_MS) : SHORTEST_LAG_MS;
  }

  /** The packet's control messages, in an object that the next call reuses. */
  ancillary(index: number): Ancillary {
    const found = this.#ancillary;
    resetAncillary(found);
    let at = this.controlStart(index);
    const end = at + this.controlLength(index);
    while (at + 16 <= end) {
      const length = this.memory.readUInt32LE(at);
      if (length < 16) break;
      readControl(this.memory, at, length, found);
      at += (length + 7) & ~7;
    }
    return found;
  }
}

function emptyAncillary(): Ancillary {
  const found = { stamp: NaN, offender: '' } as Ancillary;
  resetAncillary(found);
  return found;
}

function resetAncillary(found: Ancillary): void {
  found.stamp = NaN;
  found.ttl = -1;
  found.tos = -1;
  found.overflow = -1;
  found.errno = 0;
  found.errorOrigin = 0;
  found.errorType = 0;
  found.errorCode = 0;
  found.errorInfo = 0;
  found.errorData = 0;
  found.offender = '';
}

function readControl(memory: Buffer, at: number, length: number, found: Ancillary): void {
  const level = memory.readInt32LE(at + 8);
  const type = memory.readInt32LE(at + 12);
  const value = at + 16;
  if (level === SOL_SOCKET) readSocketControl(memory, type, value, found);
  else if (level === SOL_IP) readNetworkControl(memory, value, length, found, type === IP_TTL, type === IP_TOS, type === IP_RECVERR);
  else if (level === SOL_IPV6)
    readNetworkControl(memory, value, length, found, type === IPV6_HOPLIMIT, type === IPV6_TCLASS, type === IPV6_RECVERR);
  // The stamps of packet sockets come with an extended error of the packet's own level.
  else if (level === SOL_PACKET) readError(memory, value, length, found);
}

function readSocketControl(memory: Buffer, type: number, value: number, found: Ancillary): void {
  if (type === SO_TIMESTAMPNS || type === SO_TIMESTAMPING) {
    const seconds = memory.readUInt32LE(value) + memory.readUInt32LE(value + 4) * 2 ** 32;
    if (seconds > 0) found.stamp = stampMs(seconds, memory.readUInt32LE(value + 8));
  } else if (type === SO_RXQ_OVFL) found.overflow = memory.readUInt32LE(value);
}

function readNetworkControl(
  memory: Buffer,
  value: number,
  length: number,
  found: Ancillary,
  ttl: boolean,
  tos: boolean,
  error: boolean,
): void {
  if (ttl) found.ttl = memory.readInt32LE(value);
  // IP_TOS comes as one byte, IPV6_TCLASS as an int; on little endian the first byte serves both.
  else if (tos) found.tos = memory.readUInt8(value);
  else if (error) readError(memory, value, length, found);
}

/** struct sock_extended_err, and after it the offender's sockaddr (SO_EE_OFFENDER). */
function readError(memory: Buffer, value: number, length: number, found: Ancillary): void {
  found.errno = memory.readUInt32LE(value);
  found.errorOrigin = memory.readUInt8(value + 4);
  found.errorType = memory.readUInt8(value + 5);
  found.errorCode = memory.readUInt8(value + 6);
  found.errorInfo = memory.readUInt32LE(value + 8);
  found.errorData = memory.readUInt32LE(value + 12);
  const offender = value + 16;
  if (length < 16 + 16 + 8) return;
  const family = memory.readUInt16LE(offender);
  if (family === 2) found.offender = addressText(memory.subarray(offender + 4, offender + 8));
  else if (family === 10 && length >= 16 + 16 + 24) found.offender = addressText(memory.subarray(offender + 8, offender + 24));
}
