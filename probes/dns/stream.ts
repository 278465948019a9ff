import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { placeOf } from '../kernel/address.js';
import { settleOnce } from '../kernel/settle-once.js';
import { ProbeFailure } from '../sdk/error.js';
import type { Connected } from '../kernel/connect.js';
import type { Server } from './endpoint.js';
import { timedOut, type Exchange, type Outcome } from './exchange.js';
import { readResponse, type Question } from './message.js';

/** The process's own clock around a write and a read, ms. */
export const STREAM_ERROR_MS = 0.7;
const LENGTH_BYTES = 2;
/** Late answers to the questions before are fewer; reading more would keep this host busy for as long as the server likes. */
const MOST_STRAYS = 100;

/** Takes messages of a stream apart, each of which has its length before it (RFC 1035 4.2.2). */
export class Frames {
  private rest = Buffer.alloc(0);

  /** The messages that are complete with this piece. */
  push(piece: Buffer): Buffer[] {
    this.rest = Buffer.concat([this.rest, piece]);
    const messages: Buffer[] = [];
    while (this.rest.length >= LENGTH_BYTES && this.rest.length >= LENGTH_BYTES + this.rest.readUInt16BE(0)) {
      const end = LENGTH_BYTES + this.rest.readUInt16BE(0);
      messages.push(this.rest.subarray(LENGTH_BYTES, end));
      this.rest = this.rest.subarray(end);
    }
    return messages;
  }
}

/** Asks over a connection that stands, by TCP or TLS (RFC 7766, RFC 7858): the times are those of questions, without the connection's own. */
export class StreamExchange implements Exchange {
  readonly method: string;
  readonly errorBoundMs = STREAM_ERROR_MS;
  readonly setUp: Exchange['setUp'];
  readonly flow: Exchange['flow'];
  private readonly socket: Socket;
  private readonly frames = new Frames();

  constructor(
    private readonly server: Server,
    { socket, setUp, flow }: Connected,
    transport: 'TCP' | 'TLS',
  ) {
    this.method = `one ${transport} connection, the process's own clock`;
    this.socket = socket;
    this.setUp = setUp;
    this.flow = flow;
    // A connection that breaks or ends between two questions is noticed before the next one (`ended`): its end is only seen by who reads.
    socket.on('error', () => undefined).resume();
  }

  ask(question: Question, timeoutMs: number, signal: AbortSignal): Promise<Outcome> {
    return settleOnce<Outcome>(
      timeoutMs,
      signal,
      (settle) => this.send(question, settle),
      () => ({ failure: timedOut(this.server, timeoutMs) }),
    );
  }

  get ended(): boolean {
    return this.socket.destroyed || this.socket.readableEnded || !this.socket.writable;
  }

  close(): void {
    this.socket.destroy();
  }

  private send(question: Question, settle: (outcome: Outcome) => void): () => void {
    const { socket } = this;
    const begin = performance.now();
    const failed = (what: string): void => settle({ failure: new ProbeFailure('PROTOCOL', `${placeOf(this.server)}: the server ${what}`) });
    let strays = 0;
    const data = (piece: Buffer): void => {
      const ms = performance.now() - begin;
      for (const message of this.frames.push(piece)) {
        const response = readResponse(message, question);
        if (response) return settle({ response, ms });
        if (++strays <= MOST_STRAYS) continue;
        socket.destroy();
        return failed(`sent ${MOST_STRAYS} messages and more that are no answer to the question`);
      }
    };
    const lost = (): void => failed('closed the connection instead of answering');
    if (this.ended) lost();
    else {
      socket.on('data', data).on('end', lost).on('close', lost);
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeUInt16BE(question.bytes.length);
      // One write: two would be two segments.
      socket.write(Buffer.concat([length, question.bytes]));
    }
    return () => void socket.off('data', data).off('end', lost).off('close', lost);
  }
}
