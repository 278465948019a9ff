import { connect, constants, type ClientHttp2Session } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { ProbeFailure } from '../sdk/error.js';
import { collectAnswer } from './collect.js';
import type { Answer, Limits, Requester } from './exchange.js';
import type { Message } from './plan.js';

/** Headers of a connection, which HTTP/2 does not know (RFC 9113 8.2.2; RFC 9110 7.8 for http2-settings). */
const OF_CONNECTIONS = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'te',
  'http2-settings',
  'host',
]);

/**
 * What the server may send before this host has read any of it, bytes, on a stream and on the connection. HTTP/2's own 65,535 would make the download's time
 * that of so many bytes a round trip (RFC 9113 6.9.2), whatever the path carries. The kernel's window for TCP, 6 MiB by default, is to be the smaller one.
 */
const WINDOW_BYTES = 32 * 2 ** 20;

/** HTTP/2 (RFC 9113) over one connection. */
export class Http2 implements Requester {
  readonly version = '2';
  private readonly session: ClientHttp2Session;

  constructor(
    origin: string,
    private readonly socket: TLSSocket,
  ) {
    this.session = connect(origin, { createConnection: () => socket, settings: { initialWindowSize: WINDOW_BYTES, enablePush: false } });
    // Only `settings` reach a stream's window; the connection's is widened by itself, before the first request leaves.
    this.session.once('connect', (session) => session.setLocalWindowSize(WINDOW_BYTES));
    this.session.on('error', () => undefined);
  }

  send(url: URL, { method, headers, body }: Message, limits: Limits): Promise<Answer | ProbeFailure> {
    return collectAnswer(url.host, this.version, limits, (events) => {
      const ended = (): void =>
        events.failed(new ProbeFailure('PROTOCOL', `${url.host}: the server ended the stream before its answer was complete`));
      // The server may have said goodbye since the answer before (GOAWAY), or be gone.
      if (this.session.closed || this.session.destroyed) {
        ended();
        return () => undefined;
      }
      const own = Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_CONNECTIONS.has(name)));
      const authority = headers.host ?? url.host;
      const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
      const stream = this.session.request(
        {
          ':method': method,
          ':scheme': url.protocol.slice(0, -1),
          ':authority': authority,
          ':path': url.pathname + url.search,
          ...length,
          ...own,
        },
        { endStream: body === undefined },
      );
      // Node gathers frames, and writes them right before the immediates of JavaScript.
      setImmediate(events.sending);
      stream.on('response', ({ ':status': status = 0, ...rest }) => {
        events.head(status, Object.fromEntries(Object.entries(rest).filter(([name]) => !name.startsWith(':'))));
        stream.on('data', events.data);
        // Node ends what is read of a stream that was reset, too: all of an answer that was cut off would seem to be there.
        stream.on('end', () =>
          stream.rstCode === constants.NGHTTP2_NO_ERROR ? events.end(!this.session.closed && !this.session.destroyed) : ended(),
        );
      });
      stream.on('error', (error: Error) => events.failed(new ProbeFailure('PROTOCOL', `${url.host}: HTTP/2 failed: ${error.message}`)));
      stream.on('close', ended);
      if (body !== undefined) stream.end(body);
      return (finished) => void (finished || stream.close(constants.NGHTTP2_CANCEL));
    });
  }

  close(): void {
    this.session.destroy();
    this.socket.destroy();
  }
}
