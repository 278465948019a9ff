import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { ProbeFailure } from '../sdk/error.js';
import { placeOf, type Endpoint } from './address.js';
import { connectFailure, errnoOf, noAnswer } from './connect-error.js';
import type { FlowParts } from './flow.js';
import { watchHandshakeEnd } from './handshake-end.js';
import { handshakeRttMs } from './handshake-rtt.js';
import { kernelAvailability } from './libc.js';
import { secureContextOf, type TlsBasis } from './secure-context.js';
import { settleOnce } from './settle-once.js';
import { isPortTaken, sourcePorts } from './source-port.js';

/** Where to connect to, and what keeps the flow what it is. */
export interface ConnectTo extends Endpoint {
  readonly family: 4 | 6;
  /** The source port comes from it, where one of its ports is free; left out: the kernel chooses. */
  readonly seed?: string;
}

/** How long each phase may take, and who may end it. */
export interface Patience {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** A connection by Node's own sockets that stands; what each phase of it took, ms: connecting by the kernel's clock where that tells, TLS by the process's own. It ends with the server's last word. */
export interface Connected<S extends Socket = Socket> {
  readonly socket: S;
  readonly setUp: { readonly connectMs: number; readonly tlsMs?: number };
  readonly flow: FlowParts;
}

type Attempt = { readonly ms: number } | { readonly failure: ProbeFailure; readonly portTaken: boolean };

/** Connects by TCP. @throws ProbeFailure why it does not come about */
export async function openTcp(to: ConnectTo, patience: Patience): Promise<Connected> {
  // Loaded before the clock starts: it takes a while the first time.
  kernelAvailability();
  const ports: (number | undefined)[] = to.seed === undefined ? [] : sourcePorts(to.seed);
  for (const localPort of [...ports, undefined]) {
    const begin = performance.now();
    const socket = connectTcp({
      host: to.address,
      port: to.port,
      family: to.family,
      noDelay: true,
      ...(localPort === undefined ? {} : { localPort }),
    });
    const attempt = await reached(socket, 'connect', begin, patience, (error) =>
      error ? connectFailure(errnoOf(error), placeOf(to)) : noAnswer(placeOf(to), patience.timeoutMs, undefined),
    );
    if ('ms' in attempt) return { socket, setUp: { connectMs: connectMsOf(socket, attempt.ms) }, flow: flowOf(to, socket) };
    if (!attempt.portTaken || localPort === undefined) throw attempt.failure;
  }
  throw new Error('a list of ports that ends with any port came to its end');
}

/** The kernel's round trip where it tells one: the process hears of the connection some tenths of a millisecond later. */
function connectMsOf(socket: Socket, heardMs: number): number {
  return Math.min(heardMs, handshakeRttMs(socket) ?? heardMs);
}

function flowOf({ port }: ConnectTo, { localAddress: source, localPort: sourcePort }: Socket): FlowParts {
  return { protocol: 'tcp', source, sourcePort, destinationPort: port };
}

/** What TLS is asked for; `name` is what the certificate must be good for, a DNS name or an address. */
export interface TlsWish extends TlsBasis, Pick<ConnectionOptions, 'session'> {
  readonly name: string;
  readonly verify: boolean;
  readonly protocols: string[];
}

/** Sets TLS up on a connection. @throws ProbeFailure TLS_FAILURE with its cause, TIMEOUT */
export async function openTls(
  below: Connected,
  to: Endpoint,
  { name, verify, protocols, session, ...basis }: TlsWish,
  patience: Patience,
): Promise<Connected<TLSSocket>> {
  const secureContext = secureContextOf(basis);
  const begin = performance.now();
  const socket = connectTls({
    session,
    secureContext,
    socket: below.socket,
    ALPNProtocols: protocols,
    rejectUnauthorized: verify,
    // An address is no server name (RFC 6066); the certificate is checked against it all the same.
    ...(isIP(name) === 0 ? { servername: name } : { host: name }),
  });
  const failureOf = (error?: Error): ProbeFailure => tlsFailure(to, error, patience.timeoutMs);
  const attempt = await reached(socket, 'secureConnect', begin, patience, failureOf, watchHandshakeEnd(socket));
  if ('failure' in attempt) throw attempt.failure;
  return { ...below, socket, setUp: { ...below.setUp, tlsMs: attempt.ms } };
}

async function reached(
  socket: Socket,
  event: string,
  begin: number,
  { timeoutMs, signal }: Patience,
  failureOf: (error?: Error) => ProbeFailure,
  reachedAt: () => number = () => performance.now(),
): Promise<Attempt> {
  const attempt = await settleOnce<Attempt>(
    timeoutMs,
    signal,
    (settle) => {
      const done = (): void => settle({ ms: reachedAt() - begin });
      const failed = (error: Error): void =>
        settle({ failure: failureOf(error), portTaken: isPortTaken((error as NodeJS.ErrnoException).code ?? '') });
      const closed = (): void => failed(new Error('the server closed the connection'));
      socket.once(event, done).once('error', failed).once('close', closed);
      return () => void socket.off(event, done).off('error', failed).off('close', closed);
    },
    () => ({ failure: failureOf(), portTaken: false }),
  );
  // What a socket that is given up says afterwards concerns nobody.
  if ('failure' in attempt) socket.on('error', () => undefined).destroy();
  return attempt;
}

function tlsFailure(to: Endpoint, error: Error | undefined, timeoutMs: number): ProbeFailure {
  if (!error) return new ProbeFailure('TIMEOUT', `${placeOf(to)}: TLS was not set up within ${timeoutMs} ms`);
  const { code } = error as NodeJS.ErrnoException;
  const named = code === undefined ? '' : ` (${code})`;
  return new ProbeFailure('TLS_FAILURE', `${placeOf(to)}: TLS could not be set up: ${error.message}${named}`, { cause: error });
}
