import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { connectFailure, noAnswer } from '../kernel/connect-error.js';
import { ProbeFailure } from '../sdk/error.js';
import type { Server } from './endpoint.js';
import { placeOf } from './exchange.js';
import { errnoOf } from './udp-node.js';
import { settleOnce } from './waiting.js';

/** A connection that stands, and what each phase of it took, ms. */
export interface Connected<S extends Socket = Socket> {
  readonly socket: S;
  readonly setUp: Readonly<Record<string, number>>;
  readonly flow: Readonly<Record<string, string | number>>;
}

type Attempt<S> = { readonly socket: S; readonly ms: number } | { readonly failure: ProbeFailure };

/** Connects by TCP. @throws ProbeFailure */
export async function openTcp(server: Server, timeoutMs: number, signal: AbortSignal): Promise<Connected> {
  const { address, port, family } = server;
  const begin = performance.now();
  const socket = connectTcp({ host: address, port, family, noDelay: true });
  const ms = await reached(socket, 'connect', timeoutMs, signal, begin, (error) =>
    error ? connectFailure(errnoOf(error), placeOf(server)) : noAnswer(placeOf(server), timeoutMs, undefined),
  );
  const flow = {
    protocol: 'tcp',
    family,
    source: socket.localAddress ?? '',
    sourcePort: socket.localPort ?? 0,
    destination: address,
    destinationPort: port,
  };
  return { socket, setUp: { connectMs: ms }, flow };
}

/** Connects by TCP, then sets TLS up. @throws ProbeFailure TLS_FAILURE with its cause, or why TCP did not come about */
export async function openTls(
  server: Server,
  { verify, protocols, timeoutMs, signal }: { verify: boolean; protocols: string[]; timeoutMs: number; signal: AbortSignal },
): Promise<Connected<TLSSocket>> {
  const below = await openTcp(server, timeoutMs, signal);
  const name = server.name ?? server.address;
  const begin = performance.now();
  const socket = connectTls({
    socket: below.socket,
    ALPNProtocols: protocols,
    rejectUnauthorized: verify,
    // RFC 6066: an address is no server name; the certificate is checked against it all the same.
    ...(isIP(name) === 0 ? { servername: name } : { host: name }),
  });
  const ms = await reached(socket, 'secureConnect', timeoutMs, signal, begin, (error) => tlsFailure(server, error, timeoutMs));
  return { ...below, socket, setUp: { ...below.setUp, tlsMs: ms } };
}

async function reached<S extends Socket>(
  socket: S,
  event: string,
  timeoutMs: number,
  signal: AbortSignal,
  begin: number,
  failureOf: (error?: Error) => ProbeFailure,
): Promise<number> {
  const attempt = await settleOnce<Attempt<S>>(
    timeoutMs,
    signal,
    (settle) => {
      const done = (): void => settle({ socket, ms: performance.now() - begin });
      const failed = (error: Error): void => settle({ failure: failureOf(error) });
      const closed = (): void => settle({ failure: failureOf(new Error('the server closed the connection')) });
      socket.once(event, done).once('error', failed).once('close', closed);
      return () => void socket.off(event, done).off('error', failed).off('close', closed);
    },
    () => ({ failure: failureOf() }),
  );
  if ('failure' in attempt) {
    // What a socket that is given up says afterwards concerns nobody.
    socket.on('error', () => undefined).destroy();
    throw attempt.failure;
  }
  return attempt.ms;
}

function tlsFailure(server: Server, error: Error | undefined, timeoutMs: number): ProbeFailure {
  if (!error) return new ProbeFailure('TIMEOUT', `${placeOf(server)}: TLS was not set up within ${timeoutMs} ms`);
  const { code } = error as NodeJS.ErrnoException;
  return new ProbeFailure(
    'TLS_FAILURE',
    `${placeOf(server)}: TLS could not be set up: ${error.message}${code === undefined ? '' : ` (${code})`}`,
    { cause: error },
  );
}
