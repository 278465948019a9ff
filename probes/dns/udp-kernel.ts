import { performance } from 'node:perf_hooks';
import { encodeSockaddr, placeOf } from '../kernel/address.js';
import { ClockWatch } from '../kernel/clock.js';
import { connectFailure, type IcmpError } from '../kernel/connect-error.js';
import {
  AF_INET, AF_INET6, IP_RECVERR, IPPROTO_UDP, IPV6_RECVERR, ORIGIN_ICMP, ORIGIN_ICMP6, ORIGIN_TIMESTAMPING, POLLIN, SO_TIMESTAMPING, SOCK_DGRAM,
  SOL_IP, SOL_IPV6, SOL_SOCKET, STAMP_RX_SOFTWARE, STAMP_SOFTWARE, STAMP_TX_SOFTWARE,
} from '../kernel/constants.js'; // prettier-ignore
import { pause, whenReady } from '../kernel/readiness.js';
import { ReceiveArena } from '../kernel/receive.js';
import { SendArena } from '../kernel/send.js';
import { KernelError, KernelSocket } from '../kernel/socket.js';
import { bindSource } from '../kernel/source-port.js';
import { ProbeFailure } from '../sdk/error.js';
import type { Server } from './endpoint.js';
import { timedOut, type Exchange, type Outcome } from './exchange.js';
import { readResponse, type Question, type Response } from './message.js';

/** Both stamps are the kernel's, taken at the device (`npm run bench:probes` measures it), ms. */
const STAMP_ERROR_MS = 0.05;
/** The kernel begins to stamp arrivals a moment after it was asked to, ms. */
const STAMPS_READY_MS = 5;
/** An answer may have 65,535 bytes; the question that comes back with its send stamp has fewer. */
const ANSWER_BYTES = 0x10000;

interface Arenas {
  readonly send: SendArena;
  readonly receive: ReceiveArena;
}
/** One a thread: sending and receiving never wait, so nobody else is between. */
let shared: Arenas | undefined;

function arenas(): Arenas {
  shared ??= { send: new SendArena(1, 1024), receive: new ReceiveArena(4, ANSWER_BYTES) };
  return shared;
}

/** One question under way. */
interface Asked {
  readonly question: Question;
  sentAt: number;
  response?: Response;
  receivedAt: number;
  icmp?: IcmpError;
}

/** Asks over UDP through a socket of our own, stamped by the kernel on both ways: the event loop is in no number. */
export class KernelUdp implements Exchange {
  readonly method = 'UDP socket, kernel send and receive stamps';
  readonly errorBoundMs = STAMP_ERROR_MS;
  readonly setUp = {};

  private constructor(
    private readonly server: Server,
    private readonly socket: KernelSocket,
    readonly flow: Exchange['flow'],
  ) {}

  /** `ports`: source ports to try, in order. @throws ProbeFailure UNSUPPORTED, UNREACHABLE */
  static async open(server: Server, ports: readonly number[], signal: AbortSignal): Promise<KernelUdp> {
    const socket = openSocket(server, ports);
    try {
      const errno = socket.connect(server);
      if (errno !== 0) throw connectFailure(errno, placeOf(server));
      const { address: source, port: sourcePort } = socket.localEndpoint() ?? {};
      const exchange = new KernelUdp(server, socket, { protocol: 'udp', source, sourcePort, destinationPort: server.port });
      await pause(STAMPS_READY_MS, signal);
      return exchange;
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  async ask(question: Question, timeoutMs: number, signal: AbortSignal): Promise<Outcome> {
    const asked: Asked = { question, sentAt: NaN, receivedAt: NaN };
    const clock = new ClockWatch();
    const until = performance.now() + timeoutMs;
    const errno = this.send(question.bytes);
    if (errno !== 0) return { failure: connectFailure(errno, placeOf(this.server)) };
    let lagMs = 0;
    // What came in time is taken, however much stands before it: the answer, and the stamp of its question.
    const isDone = (): boolean => asked.response !== undefined && (lagMs === 0 || !Number.isNaN(asked.sentAt));
    while (!isDone() && performance.now() - lagMs < until && !signal.aborted) {
      await whenReady(this.socket.fd, POLLIN, until, signal);
      const pending = this.socket.takeError();
      lagMs = this.drain(asked);
      if (!asked.response && (pending !== 0 || asked.icmp)) return { failure: connectFailure(pending, placeOf(this.server), asked.icmp) };
    }
    return this.outcome(asked, clock, timeoutMs);
  }

  close(): void {
    this.socket.close();
  }

  /** Datagrams that this socket dropped since it was opened. */
  drops(): number {
    return this.socket.drops();
  }

  private outcome({ response, sentAt, receivedAt }: Asked, clock: ClockWatch, timeoutMs: number): Outcome {
    if (!response) return { failure: timedOut(this.server, timeoutMs) };
    if (clock.stepMs() !== 0) return { response, ms: undefined };
    const ms = receivedAt - sentAt;
    if (!(ms >= 0))
      return {
        failure: new ProbeFailure(
          'INTERNAL',
          `${placeOf(this.server)}: answered, but the kernel gave no time stamp for the ${Number.isNaN(sentAt) ? 'question' : 'answer'}`,
        ),
      };
    return { response, ms };
  }

  private send(bytes: Buffer): number {
    const { send } = arenas();
    send.clear();
    bytes.copy(send.memory, send.queue(encodeSockaddr(this.server), bytes.length));
    const sent = send.send(this.socket.fd, 0);
    return sent < 0 ? -sent : 0;
  }

  /** Answers first: the stamp of the question that they answer is there by then. Gives by how much it lags behind, ms. */
  private drain(asked: Asked): number {
    const { receive } = arenas();
    const answersLagMs = receive.takeWaiting(this.socket.fd, false, (index) => this.readAnswer(asked, index));
    return Math.max(
      answersLagMs,
      receive.takeWaiting(this.socket.fd, true, (index) => readError(asked, receive, index)),
    );
  }

  private readAnswer(asked: Asked, index: number): void {
    if (asked.response) return;
    const { receive } = arenas();
    const response = readResponse(Buffer.from(receive.data(index)), asked.question);
    if (!response) return;
    asked.response = response;
    asked.receivedAt = receive.ancillary(index).stamp;
  }
}

/** A send stamp comes with the packet that was sent; an ICMP error with the one that caused it: of an earlier question neither counts. */
function readError(asked: Asked, receive: ReceiveArena, index: number): void {
  const { errorOrigin, errorType, errorCode, offender, stamp } = receive.ancillary(index);
  const { bytes } = asked.question;
  const data = receive.data(index);
  if (data.length < bytes.length || data.compare(bytes, 0, bytes.length, data.length - bytes.length) !== 0) return;
  if (errorOrigin === ORIGIN_TIMESTAMPING) asked.sentAt = stamp;
  else if (errorOrigin === ORIGIN_ICMP) asked.icmp = { version: 4, type: errorType, code: errorCode, offender };
  else if (errorOrigin === ORIGIN_ICMP6) asked.icmp = { version: 6, type: errorType, code: errorCode, offender };
}

function openSocket({ family }: Server, ports: readonly number[]): KernelSocket {
  const v4 = family === 4;
  try {
    const socket = KernelSocket.open(v4 ? AF_INET : AF_INET6, SOCK_DGRAM, IPPROTO_UDP);
    try {
      socket.setInt(SOL_SOCKET, SO_TIMESTAMPING, STAMP_TX_SOFTWARE | STAMP_RX_SOFTWARE | STAMP_SOFTWARE);
      socket.setInt(v4 ? SOL_IP : SOL_IPV6, v4 ? IP_RECVERR : IPV6_RECVERR, 1);
      bindSource(socket, family, ports);
      return socket;
    } catch (error) {
      socket.close();
      throw error;
    }
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    throw new ProbeFailure('UNSUPPORTED', `this host has no IPv${family} sockets (${error.code})`, { cause: error });
  }
}
