import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { placeOf } from '../kernel/address.js';
import { connectFailure, errnoOf } from '../kernel/connect-error.js';
import { settleOnce } from '../kernel/settle-once.js';
import type { Server } from './endpoint.js';
import { timedOut, type Exchange, type Outcome } from './exchange.js';
import { readResponse, type Question } from './message.js';

/** The process's own clock holds the event loop's delays, ms. */
const CLOCK_ERROR_MS = 0.7;

/** Where the kernel layer is not available: Node's own UDP sockets and the process's own clock. */
export class NodeUdp implements Exchange {
  readonly method = "Node's UDP socket, the process's own clock";
  readonly errorBoundMs = CLOCK_ERROR_MS;
  readonly setUp = {};

  private constructor(
    private readonly server: Server,
    private readonly socket: Socket,
    readonly flow: Exchange['flow'],
  ) {}

  /** @throws ProbeFailure UNREACHABLE */
  static async open(server: Server): Promise<NodeUdp> {
    const socket = createSocket(server.family === 4 ? 'udp4' : 'udp6');
    try {
      socket.connect(server.port, server.address);
      await once(socket, 'connect');
    } catch (error) {
      socket.close();
      throw connectFailure(errnoOf(error), placeOf(server));
    }
    const { address: source, port: sourcePort } = socket.address();
    return new NodeUdp(server, socket, { protocol: 'udp', source, sourcePort, destinationPort: server.port });
  }

  ask(question: Question, timeoutMs: number, signal: AbortSignal): Promise<Outcome> {
    return settleOnce<Outcome>(
      timeoutMs,
      signal,
      (settle) => {
        const begin = performance.now();
        const message = (bytes: Buffer): void => {
          const response = readResponse(bytes, question);
          if (response) settle({ response, ms: performance.now() - begin });
        };
        const error = (thrown: Error): void => settle({ failure: connectFailure(errnoOf(thrown), placeOf(this.server)) });
        this.socket.on('message', message).on('error', error);
        this.socket.send(question.bytes);
        return () => void this.socket.off('message', message).off('error', error);
      },
      () => ({ failure: timedOut(this.server, timeoutMs) }),
    );
  }

  close(): void {
    // An error that comes after the last question concerns nobody.
    this.socket.on('error', () => undefined).close();
  }
}
