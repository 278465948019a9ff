import { Agent, request as requestOne, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { connectFailure, errnoOf } from '../kernel/connect-error.js';
import { ProbeFailure } from '../sdk/error.js';
import { collectAnswer } from './collect.js';
import type { Answer, Limits, Requester } from './exchange.js';
import type { Message } from './plan.js';

/** HTTP/1.1 (RFC 9112) over one connection. */
export class Http1 implements Requester {
  readonly version = '1.1';
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(private readonly socket: Socket) {
    this.agent.createConnection = () => socket;
    // Between two requests nobody else listens.
    socket.on('error', () => undefined);
  }

  send(url: URL, { method, headers, body }: Message, limits: Limits): Promise<Answer | ProbeFailure> {
    return collectAnswer(url.host, this.version, limits, (events) => {
      const host = { host: url.host };
      const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
      const request = requestOne({
        agent: this.agent,
        method,
        path: url.pathname + url.search,
        headers: { ...host, ...length, ...headers },
        maxHeaderSize: 65_536,
      });
      // All of it is handed to the kernel.
      request.once('finish', events.sending);
      request.once('socket', () => {
        // Before Node's own listener, which tells of an answer only once all of its headers are there.
        this.socket.prependListener('data', events.heard);
      });
      request.on('information', events.interim);
      request.on('response', (response: IncomingMessage) => {
        events.head(response.statusCode ?? 0, response.headers);
        response.on('data', events.data);
        response.on('end', () => events.end(request.shouldKeepAlive && !this.socket.destroyed));
        response.on('error', () =>
          events.failed(new ProbeFailure('PROTOCOL', `${url.host}: the connection broke off in the middle of the answer`)),
        );
      });
      // Nobody here speaks what the server switches to: its answer is that it does.
      request.on('upgrade', (response, socket) => {
        events.head(response.statusCode ?? 0, response.headers);
        socket.destroy();
        events.end(false);
      });
      request.on('error', (error) => events.failed(failureOf(error, url.host)));
      request.end(body);
      return (finished) => {
        this.socket.off('data', events.heard);
        if (!finished) request.destroy();
      };
    });
  }

  close(): void {
    this.agent.destroy();
    this.socket.destroy();
  }
}

/** A malformed answer has a code of the parser's own (HPE_…); the rest are the connection's. */
function failureOf(error: Error, where: string): ProbeFailure {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (code === 'ECONNRESET') return new ProbeFailure('PROTOCOL', `${where}: the server ended the connection before it answered`);
  if (errnoOf(error) !== 0) return connectFailure(errnoOf(error), where);
  return new ProbeFailure('PROTOCOL', `${where}: what came is no answer of HTTP: ${error.message}${code === '' ? '' : ` (${code})`}`);
}
