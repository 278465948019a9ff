import { constants } from 'node:os';
import { performance } from 'node:perf_hooks';
import { placeOf } from '../kernel/address.js';
import { connectFailure, noAnswer } from '../kernel/connect-error.js';
import { AF_INET, AF_INET6, IP_TOS, IPPROTO_TCP, IPV6_TCLASS, POLLIN, POLLOUT, SOCK_STREAM, SOL_IP, SOL_IPV6, SOL_TCP, TCP_INFO } from '../kernel/constants.js'; // prettier-ignore
import { whenReady } from '../kernel/readiness.js';
import { KernelSocket } from '../kernel/socket.js';
import { bindSource } from '../kernel/source-port.js';
import { IP_HEADER } from './channel.js';
import { SynAckWatch, type AnnouncedMss } from './syn-ack.js';

/** Bytes of a TCP header without options: what an MSS leaves out beside the IP header (RFC 6691). */
const TCP_HEADER = 20;
/** Bytes that the time stamps option takes of each segment (RFC 7323, appendix A). */
const TIMESTAMPS = 12;
/** struct tcp_info (include/uapi/linux/tcp.h): tcpi_state, tcpi_options, tcpi_snd_mss, tcpi_pmtu. */
const INFO = { bytes: 64, state: 0, options: 5, sendMss: 16, pathMtu: 60 } as const;
const SYN_SENT = 2;
/** The raw socket may see the SYN-ACK a moment after the connection stands, ms. */
const WATCH_MS = 50;

/** Where to connect. */
export interface MssPlan {
  readonly address: string;
  readonly family: 4 | 6;
  readonly port: number;
  readonly dscp: number;
  readonly timeoutMs: number;
  readonly sourcePorts: readonly number[];
  readonly signal: AbortSignal;
}

/** What a connection told of the segments that the target takes. */
export interface Mss {
  /** Bytes, exact; undefined with the `reason`. */
  readonly received: number | undefined;
  readonly reason: string;
  /** Where only a bound is known: it announced at least so many bytes. */
  readonly atLeast?: number;
  readonly how: string;
}

/** Bytes of the largest IP packet that a segment of this size makes. */
export function packetOf(mss: number, family: 4 | 6): number {
  return mss + TCP_HEADER + IP_HEADER[family];
}

/** Connects once and looks at the SYN-ACK. A target that does not let us is a reason. @throws KernelError where this host has no sockets for it */
export async function receivedMss(plan: MssPlan): Promise<Mss> {
  const v4 = plan.family === 4;
  const socket = KernelSocket.open(v4 ? AF_INET : AF_INET6, SOCK_STREAM, IPPROTO_TCP);
  let watch: SynAckWatch | undefined;
  try {
    socket.setInt(v4 ? SOL_IP : SOL_IPV6, v4 ? IP_TOS : IPV6_TCLASS, plan.dscp << 2);
    bindSource(socket, plan.family, plan.sourcePorts);
    watch = SynAckWatch.open(plan.family, socket.localEndpoint()?.port ?? 0);
    const refusal = await connected(socket, plan);
    if (refusal !== undefined) return { received: undefined, reason: refusal, how: 'none' };
    const announced = await announcement(watch, plan.signal);
    return announced === undefined ? fromInfo(socket, plan.family) : fromSynAck(announced);
  } finally {
    watch?.close();
    socket.reset();
  }
}

/** Gives why there is no connection; undefined where it stands. */
async function connected(socket: KernelSocket, { address, port, timeoutMs, signal }: MssPlan): Promise<string | undefined> {
  const where = placeOf({ address, port });
  const errno = socket.connect({ address, port });
  if (errno === constants.errno.EINPROGRESS) await whenReady(socket.fd, POLLOUT, performance.now() + timeoutMs, signal);
  else if (errno !== 0) return connectFailure(errno, where).message;
  const late = socket.takeError();
  if (late !== 0) return connectFailure(late, where).message;
  const state = socket.getBytes(SOL_TCP, TCP_INFO, INFO.bytes).readUInt8(INFO.state);
  return state === SYN_SENT ? noAnswer(where, timeoutMs, undefined).message : undefined;
}

async function announcement(watch: SynAckWatch | undefined, signal: AbortSignal): Promise<AnnouncedMss | undefined> {
  if (!watch) return undefined;
  await whenReady(watch.fd, POLLIN, performance.now() + WATCH_MS, signal);
  return watch.take();
}

function fromSynAck(announced: AnnouncedMss): Mss {
  const how = 'MSS option of the SYN-ACK, seen by a raw socket';
  if (announced === null) return { received: undefined, reason: 'the SYN-ACK carried no MSS option', how };
  return { received: announced, reason: '', how };
}

/** The kernel keeps the lesser of what the target announced and what it believes the path to carry: only the former is an answer. */
function fromInfo(socket: KernelSocket, family: 4 | 6): Mss {
  const info = socket.getBytes(SOL_TCP, TCP_INFO, INFO.bytes);
  const announced = info.readUInt32LE(INFO.sendMss) + ((info.readUInt8(INFO.options) & 1) !== 0 ? TIMESTAMPS : 0);
  const how = 'TCP_INFO';
  if (packetOf(announced, family) < info.readUInt32LE(INFO.pathMtu)) return { received: announced, reason: '', how };
  const reason = `at least ${announced} bytes: this host's own limit hides what the target announced beyond; a raw socket (CAP_NET_RAW) would show it`;
  return { received: undefined, reason, atLeast: announced, how };
}
