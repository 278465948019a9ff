import { constants } from 'node:os';
import { performance } from 'node:perf_hooks';
import { realtimeMs } from '../kernel/clock.js';
import { AF_INET, AF_INET6, IP_RECVERR, IP_TOS, IPPROTO_TCP, IPV6_RECVERR, IPV6_TCLASS, ORIGIN_ICMP, ORIGIN_ICMP6, POLLOUT, SO_SNDBUF, SOCK_STREAM, SOL_IP, SOL_IPV6, SOL_SOCKET, SOL_TCP, TCP_NODELAY } from '../kernel/constants.js'; // prettier-ignore
import { ReceiveArena } from '../kernel/receive.js';
import { KernelSocket } from '../kernel/socket.js';
import type { ProbeFailure } from '../sdk/error.js';
import { connectFailure, noAnswer, type IcmpError } from '../kernel/connect-error.js';
import { pause, whenReady } from '../kernel/readiness.js';
import type { Sighting } from './sighting.js';
import { bindSource } from '../kernel/source-port.js';
import type { Tap } from './tap.js';
import { readTcpInfo, SYN_SENT, type TcpInfo } from '../kernel/tcp-info.js';

/** Where to connect to and how. */
export interface ConnectPlan {
  readonly address: string;
  readonly family: 4 | 6;
  readonly port: number;
  readonly sourcePorts: readonly number[];
  readonly dscp: number;
  readonly timeoutMs: number;
  readonly sendBufferBytes?: number;
  readonly tap?: Tap;
  readonly signal: AbortSignal;
}

/** One attempt to connect; the socket stays open where it succeeded. Times in ms. */
export interface Attempt {
  readonly socket: KernelSocket;
  readonly localAddress: string;
  readonly localPort: number;
  readonly info: TcpInfo;
  /** What the tap saw; undefined without a tap, or where the kernel chose a port that the tap does not watch. */
  readonly sighting?: Sighting;
  /** When connect() was called, on the clock and scale of the kernel's stamps. */
  readonly calledAt: number;
  /** How long connect() itself took: the SYN is on its way when it returns. */
  readonly callMs: number;
  readonly failure?: ProbeFailure;
  /** The peer reset the connection as soon as it stood. */
  readonly wasReset: boolean;
}

/** How long the tap may take to show an ACK that the kernel is just sending, in looks of 1 ms. */
const LOOKS = 5;

/** Ends an attempt: by a reset, which leaves no TIME_WAIT in the way of the next connection from the same port. */
export function endAttempt({ socket, sighting }: Attempt, tap: Tap | undefined): void {
  socket.reset();
  if (sighting) tap?.forget(sighting);
}

function prepare(plan: ConnectPlan): KernelSocket {
  const v4 = plan.family === 4;
  const socket = KernelSocket.open(v4 ? AF_INET : AF_INET6, SOCK_STREAM, IPPROTO_TCP);
  try {
    if (v4) socket.setInt(SOL_IP, IP_TOS, plan.dscp << 2);
    else socket.setInt(SOL_IPV6, IPV6_TCLASS, plan.dscp << 2);
    // With it the error queue tells which ICMP error ended the attempt, and from whom.
    if (v4) socket.setInt(SOL_IP, IP_RECVERR, 1);
    else socket.setInt(SOL_IPV6, IPV6_RECVERR, 1);
    socket.setInt(SOL_TCP, TCP_NODELAY, 1);
    if (plan.sendBufferBytes !== undefined) socket.setInt(SOL_SOCKET, SO_SNDBUF, Math.floor(plan.sendBufferBytes / 2));
    bindSource(socket, plan.family, plan.sourcePorts);
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

/**
 * Connects once. A network that does not let us is a `failure`, no exception. To be ended by `endAttempt`.
 *
 * @throws KernelError where this host has no sockets for it
 */
export async function attempt(plan: ConnectPlan): Promise<Attempt> {
  const socket = prepare(plan);
  const localPort = socket.localEndpoint()?.port ?? 0;
  const sighting = plan.sourcePorts.includes(localPort) ? await plan.tap?.watch(localPort, plan.port, plan.signal) : undefined;
  try {
    const begin = performance.now();
    const calledAt = realtimeMs();
    const errno = socket.connect({ address: plan.address, port: plan.port });
    const callMs = realtimeMs() - calledAt;
    const waiting = errno === constants.errno.EINPROGRESS;
    if (waiting) await whenReady(socket.fd, POLLOUT, begin + plan.timeoutMs, plan.signal);
    const outcome = outcomeOf(socket, plan, waiting ? 0 : errno);
    if (!outcome.failure && sighting) await untilSeen(sighting, plan);
    await plan.tap?.catchUp(plan.signal);
    const localAddress = socket.localEndpoint()?.address ?? '';
    return { socket, localAddress, localPort, sighting, calledAt, callMs, ...outcome };
  } catch (error) {
    socket.close();
    if (sighting) plan.tap?.forget(sighting);
    throw error;
  }
}

/** The application may learn that it is connected a moment before the ACK passes the tap. */
async function untilSeen(sighting: Sighting, { tap, signal }: ConnectPlan): Promise<void> {
  await tap?.catchUp(signal);
  for (let look = 0; look < LOOKS && !sighting.complete; look += 1) {
    await pause(1, signal);
    await tap?.catchUp(signal);
  }
}

function outcomeOf(socket: KernelSocket, plan: ConnectPlan, immediate: number): Pick<Attempt, 'failure' | 'info' | 'wasReset'> {
  const where = plan.family === 4 ? `${plan.address}:${plan.port}` : `[${plan.address}]:${plan.port}`;
  // SO_ERROR before the error queue: who empties the queue clears the error.
  const errno = immediate || socket.takeError();
  const icmp = icmpError(socket);
  const info = readTcpInfo(socket);
  // A reset that comes after the SYN-ACK ends a connection that stood.
  const wasReset = errno === constants.errno.ECONNRESET && info.rttMs > 0;
  if (errno !== 0 && !wasReset) return { info, wasReset, failure: connectFailure(errno, where, icmp) };
  if (info.state !== SYN_SENT) return { info, wasReset };
  return { info, wasReset, failure: noAnswer(where, plan.timeoutMs, info.totalRetransmits + 1) };
}

let errors: ReceiveArena | undefined;

/** The last ICMP error that the socket's error queue holds. */
function icmpError({ fd }: KernelSocket): IcmpError | undefined {
  errors ??= new ReceiveArena(4, 256, 256);
  const count = errors.receive(fd, true);
  for (let index = count - 1; index >= 0; index -= 1) {
    const { errorOrigin, errorType, errorCode, offender } = errors.ancillary(index);
    if (errorOrigin === ORIGIN_ICMP) return { version: 4, type: errorType, code: errorCode, offender };
    if (errorOrigin === ORIGIN_ICMP6) return { version: 6, type: errorType, code: errorCode, offender };
  }
  return undefined;
}
