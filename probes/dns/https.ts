import { Agent, request as requestOne } from 'node:http';
import { connect as connectHttp2, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { performance } from 'node:perf_hooks';
import type { TLSSocket } from 'node:tls';
import { placeOf } from '../kernel/address.js';
import { settleOnce } from '../kernel/settle-once.js';
import { ProbeFailure } from '../sdk/error.js';
import type { Connected } from '../kernel/connect.js';
import type { Server } from './endpoint.js';
import { timedOut, type Exchange, type Outcome } from './exchange.js';
import { readResponse, type Question } from './message.js';
import { STREAM_ERROR_MS } from './stream.js';

const MEDIA_TYPE = 'application/dns-message';
/** A DNS message has no more; whoever sends more is no DNS server. */
const MOST_BYTES = 0x10000;

/** What an HTTP response was, whichever version brought it. */
interface HttpAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
}

/** Posts a message, gives the answer or an error through `done`, and returns what cancels it. */
type Post = (body: Buffer, done: (answer: HttpAnswer | Error) => void) => () => void;

/** Asks by DNS over HTTPS (RFC 8484), by POST, over one connection: HTTP/2 where the server speaks it, else HTTP/1.1. */
export class HttpsExchange implements Exchange {
  readonly method: string;
  readonly errorBoundMs = STREAM_ERROR_MS;
  readonly setUp: Exchange['setUp'];
  readonly flow: Exchange['flow'];
  private readonly session: ClientHttp2Session | undefined;
  private readonly post: Post;

  constructor(
    private readonly server: Server,
    private readonly path: string,
    private readonly connected: Connected<TLSSocket>,
  ) {
    const { socket, setUp, flow } = connected;
    const authority = server.name ?? placeOf(server);
    socket.on('error', () => undefined);
    this.setUp = setUp;
    this.flow = flow;
    if (socket.alpnProtocol === 'h2') {
      this.session = connectHttp2(`https://${authority}`, { createConnection: () => socket, settings: { enablePush: false } });
      this.session.on('error', () => undefined);
      this.post = postByHttp2(this.session, path);
    } else this.post = postByHttp1(socket, authority, path);
    this.method = `one HTTPS connection (${this.session ? 'HTTP/2' : 'HTTP/1.1'}), the process's own clock`;
  }

  ask(question: Question, timeoutMs: number, signal: AbortSignal): Promise<Outcome> {
    return settleOnce<Outcome>(
      timeoutMs,
      signal,
      (settle) => {
        const begin = performance.now();
        return this.post(question.bytes, (answer) => settle(this.judge(answer, question, performance.now() - begin)));
      },
      () => ({ failure: timedOut(this.server, timeoutMs) }),
    );
  }

  get ended(): boolean {
    const { socket } = this.connected;
    return socket.destroyed || socket.readableEnded || this.session?.closed === true || this.session?.destroyed === true;
  }

  close(): void {
    this.session?.destroy();
    this.connected.socket.destroy();
  }

  private judge(answer: HttpAnswer | Error, question: Question, ms: number): Outcome {
    const where = `${placeOf(this.server)}${this.path}`;
    const failed = (text: string): Outcome => ({ failure: new ProbeFailure('PROTOCOL', `${where}: ${text}`) });
    if (answer instanceof Error) return failed(`the request failed: ${answer.message}`);
    if (answer.status !== 200) return failed(`the server answered with HTTP status ${answer.status}; check the path`);
    if (!answer.type.startsWith(MEDIA_TYPE))
      return failed(`the server answered with "${answer.type}" instead of ${MEDIA_TYPE}; check the path`);
    const response = readResponse(answer.body, question);
    return response ? { response, ms } : failed('what came is no answer to the question');
  }
}

/** What is told where there is neither an error nor an end. */
const cutOff = (): Error => new Error('the server broke off before its answer was complete');

/** Collects a body of at most `MOST_BYTES`. */
function collect(stream: NodeJS.ReadableStream, done: (body: Buffer | Error) => void): void {
  const pieces: Buffer[] = [];
  let bytes = 0;
  stream.on('data', (piece: Buffer) => {
    bytes += piece.length;
    if (bytes > MOST_BYTES) done(new Error('the answer is larger than a DNS message can be'));
    else pieces.push(piece);
  });
  stream.on('end', () => done(Buffer.concat(pieces)));
}

function postByHttp2(session: ClientHttp2Session, path: string): Post {
  return (message, done) => {
    const head = { ':method': 'POST', ':path': path, accept: MEDIA_TYPE, 'content-type': MEDIA_TYPE, 'content-length': message.length };
    let stream: ClientHttp2Stream;
    try {
      stream = session.request(head);
    } catch (error) {
      // The server has closed the connection or said that it will (GOAWAY).
      done(error as Error);
      return () => undefined;
    }
    stream.on('error', done);
    // A stream that the server resets without a fault of its own ends without an error.
    stream.on('close', () => done(cutOff()));
    stream.on('response', (headers) => {
      const type = String(headers['content-type'] ?? '');
      collect(stream, (body) => done(body instanceof Error ? body : { status: headers[':status'] ?? 0, type, body }));
    });
    stream.end(message);
    return () => stream.close();
  };
}

function postByHttp1(socket: TLSSocket, host: string, path: string): Post {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  agent.createConnection = () => socket;
  return (message, done) => {
    const headers = { host, accept: MEDIA_TYPE, 'content-type': MEDIA_TYPE, 'content-length': message.length };
    const request = requestOne({ agent, method: 'POST', path, headers });
    let over = false;
    const finish = (answer: HttpAnswer | Error): void => {
      over = true;
      done(answer);
    };
    request.on('error', finish);
    request.on('close', () => finish(cutOff()));
    request.on('response', (response) => {
      const type = response.headers['content-type'] ?? '';
      collect(response, (body) => finish(body instanceof Error ? body : { status: response.statusCode ?? 0, type, body }));
    });
    request.end(message);
    // The connection serves the next question; a request that is given up takes it along.
    return () => void (over || request.destroy());
  };
}
