import { AF_INET, AF_INET6, IPPROTO_TCP, SOCK_RAW } from '../kernel/constants.js';
import { attachFilter, BPF, type FilterInstruction } from '../kernel/filter.js';
import { KernelError, KernelSocket } from '../kernel/socket.js';
import { receiveArena } from './channel.js';

const TCP_HEADER = 20;
const SYN_ACK = 0x12;
const FLAGS_AT = 13;
const OPTION_END = 0;
const OPTION_PADDING = 1;
const OPTION_MSS = 2;
const KEEP_ALL = 0xffffffff;

/** What a SYN-ACK announces: its MSS option, or null where it has none (536 bytes for IPv4, 1220 for IPv6 hold then: RFC 9293, 3.7.1). */
export type AnnouncedMss = number | null;

/** The MSS that a TCP segment announces; undefined where it is no SYN-ACK to this port, or cut off. */
export function announcedMss(segment: Buffer, toPort: number): AnnouncedMss | undefined {
  if (segment.length < TCP_HEADER || segment.readUInt16BE(2) !== toPort || (segment.readUInt8(FLAGS_AT) & SYN_ACK) !== SYN_ACK)
    return undefined;
  const end = (segment.readUInt8(12) >> 4) * 4;
  if (segment.length < end) return undefined;
  for (let at = TCP_HEADER; at < end;) {
    const kind = segment.readUInt8(at);
    if (kind === OPTION_END) break;
    const length = kind === OPTION_PADDING ? 1 : at + 1 < end ? segment.readUInt8(at + 1) : 0;
    if (length === 0 || at + length > end) break;
    if (kind === OPTION_MSS && length === 4) return segment.readUInt16BE(at + 2);
    at += length;
  }
  return null;
}

/** Sees the SYN-ACK to one of our ports as it comes in, beside the stack: a raw socket (raw(7), CAP_NET_RAW). */
export class SynAckWatch {
  readonly #family: 4 | 6;
  readonly #socket: KernelSocket;
  readonly #port: number;

  private constructor(family: 4 | 6, port: number) {
    this.#family = family;
    this.#port = port;
    this.#socket = KernelSocket.open(family === 4 ? AF_INET : AF_INET6, SOCK_RAW, IPPROTO_TCP);
    try {
      attachFilter(this.#socket, toPort(family, port));
    } catch (error) {
      this.#socket.close();
      throw error;
    }
  }

  /** undefined where this user may not. @throws KernelError for anything else */
  static open(family: 4 | 6, port: number): SynAckWatch | undefined {
    try {
      return new SynAckWatch(family, port);
    } catch (error) {
      if (error instanceof KernelError && (error.code === 'EPERM' || error.code === 'EACCES')) return undefined;
      throw error;
    }
  }

  get fd(): number {
    return this.#socket.fd;
  }

  /** What the SYN-ACK announced, if it has come: nothing else can come before it. */
  take(): AnnouncedMss | undefined {
    const arena = receiveArena();
    let found: AnnouncedMss | undefined;
    arena.takeWaiting(this.fd, false, (index) => {
      const packet = arena.data(index);
      // Of IPv4 a raw socket gives the IP header as well.
      const header = this.#family === 4 ? ((packet[0] ?? 0) & 15) * 4 : 0;
      found ??= announcedMss(packet.subarray(header), this.#port);
    });
    return found;
  }

  close(): void {
    this.#socket.close();
  }
}

function toPort(family: 4 | 6, port: number): FilterInstruction[] {
  const load: FilterInstruction[] =
    family === 4
      ? [
          [BPF.loadHeaderLength, 0, 0, 0],
          [BPF.loadHalfIndexed, 0, 0, 2],
        ]
      : [[BPF.loadHalf, 0, 0, 2]];
  return [...load, [BPF.jumpEqual, 0, 1, port], [BPF.accept, 0, 0, KEEP_ALL], [BPF.accept, 0, 0, 0]];
}
