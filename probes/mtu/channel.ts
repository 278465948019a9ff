import { ORIGIN_ICMP, ORIGIN_ICMP6, ORIGIN_LOCAL } from '../kernel/constants.js';
import { failureOfErrno, failureOfIcmp } from '../kernel/icmp-error.js';
import type { Lag } from '../kernel/lag.js';
import { libc } from '../kernel/libc.js';
import { ReceiveArena, type Ancillary } from '../kernel/receive.js';
import { errnoName, type KernelSocket } from '../kernel/socket.js';
import type { FlowMember } from '../sdk/flow.js';
import type { Answer } from './answer.js';

/** An answer to the packet with this number. */
export interface Heard {
  readonly sequence: number;
  readonly answer: Answer;
}

/** A way to send packets of any size that must not be fragmented, and to hear what became of them. */
export interface Channel {
  /** What it is, for the result's method: "ping socket". */
  readonly name: string;
  readonly fd: number;
  /** Where its packets come from, and what tells them from others. */
  readonly identity: FlowMember & { readonly source?: string };
  /** Packets that may be in flight at once. */
  readonly width: number;
  /** Whether the target limits how often it answers (RFC 1812, 4.3.2.8), so that packets must be paced. */
  readonly paced: boolean;
  /** Sends a packet of `size` bytes (with the IP header); gives the answer where this host has it already. */
  send(size: number, sequence: number): Answer | undefined;
  /** What was heard since, as far as this turn of the event loop allows. */
  drain(): Heard[];
  /** By how much `drain` lags behind. */
  readonly lag: Lag;
  close(): void;
}

/** Bytes of the IP header. */
export const IP_HEADER = { 4: 20, 6: 40 } as const;

const LARGEST_PAYLOAD = 65_535;
let sending: { readonly buffer: Buffer; readonly address: number } | undefined;
let receiving: ReceiveArena | undefined;

/** What is sent: one for all runs of a thread, since each packet is written and sent in one turn. Beyond the headers it stays zero. */
export function sendMemory(): { readonly buffer: Buffer; readonly address: number } {
  if (sending) return sending;
  const { buffer, address } = libc().allocate(LARGEST_PAYLOAD);
  buffer.fill(0);
  sending = { buffer, address: Number(address) };
  return sending;
}

/** Room for what is received; only the first bytes of each packet matter. */
export function receiveArena(): ReceiveArena {
  receiving ??= new ReceiveArena(32, 256, 512);
  return receiving;
}

/** Reads the error queue, as far as this turn of the event loop allows; gives by how much it lags behind, ms. `read` is given where the quoted packet begins. */
export function drainErrors(fd: number, read: (start: number, bytes: number, error: Ancillary) => void): number {
  const arena = receiveArena();
  return arena.takeWaiting(fd, true, (index) => read(arena.dataStart(index), arena.dataLength(index), arena.ancillary(index)));
}

/** Who is asked, for answers and for messages. */
export interface Asked {
  readonly family: 4 | 6;
  readonly address: string;
  readonly label: string;
}

/** Fixes where a socket sends to, so that the kernel hands it nobody else's packets. @throws ProbeFailure where this host has no way there */
export function connectTo(socket: KernelSocket, { address, label }: Asked, port: number): void {
  const errno = socket.connect({ address, port });
  if (errno !== 0) throw failureOfErrno(errno, label);
}

/** What an entry of the error queue says of a packet; undefined where it says nothing of its fate (a stamp). `closed`: what it means that a port of UDP is. */
export function answerOfError(error: Ancillary, { family, label }: Asked, closed?: (offender: string) => Answer): Answer | undefined {
  const { errorOrigin: origin, errorType: type, errorCode: code, errorInfo: info, offender } = error;
  const mtu = info > 0 ? info : undefined;
  if (origin === ORIGIN_LOCAL) return { kind: 'too-big', mtu, from: undefined };
  if (origin !== ORIGIN_ICMP && origin !== ORIGIN_ICMP6) return undefined;
  const tooBig = family === 4 ? type === 3 && code === 4 : type === 2;
  if (tooBig) return { kind: 'too-big', mtu, from: offender };
  const isClosed = family === 4 ? type === 3 && code === 3 : type === 1 && code === 4;
  if (closed && isClosed) return closed(offender);
  const failure = failureOfIcmp(family, type, code, offender, label);
  return failure && { kind: 'failed', failure };
}

/**
 * Sends the first `bytes` of the memory on a connected socket. `early` takes what is on the error queue when the kernel refuses: either that is why (the
 * interface is too small), or an earlier packet's error stood in the way, and this one is sent again.
 */
export function sendOnce(socket: KernelSocket, bytes: number, early: () => Answer | undefined, label: string): Answer | undefined {
  for (let again = false; ; again = true) {
    socket.takeError();
    if (libc().write(socket.fd, sendMemory().address, bytes) >= 0) return undefined;
    const errno = libc().errno();
    const local = early();
    if (local) return local;
    if (!again) continue;
    const name = errnoName(errno);
    // The send buffer is full for the moment: this packet counts as lost.
    if (name === 'EAGAIN' || name === 'ENOBUFS') return undefined;
    return name === 'EMSGSIZE'
      ? { kind: 'too-big', mtu: undefined, from: undefined }
      : { kind: 'failed', failure: failureOfErrno(errno, label) };
  }
}
