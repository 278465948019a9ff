import { once } from 'node:events';
import { createServer as createHttp, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createSecureServer, type Http2ServerResponse } from 'node:http2';
import { createServer as createHttps } from 'node:https';
import { createServer as createTcp, type AddressInfo, type Server, type Socket } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';

/** What was asked of the server. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const PAGE = 'Hello from the lab. '.repeat(200);
const ENCODERS = { gzip: gzipSync, br: brotliCompressSync, deflate: deflateSync, raw: deflateRawSync };

type Key = { readonly cert: string; readonly key: string };

/** A web server on the loopback for tests: real sockets, TLS and both versions of HTTP. */
export class WebServer {
  readonly seen: SeenRequest[] = [];
  private readonly servers: Server[] = [];
  private readonly sockets = new Set<Socket>();

  plain(host = '127.0.0.1'): Promise<number> {
    return this.listen(createHttp(this.answer), host);
  }

  https(key: Key, host = '127.0.0.1'): Promise<number> {
    return this.listen(createHttps(key, this.answer), host);
  }

  http2(key: Key, host = '127.0.0.1'): Promise<number> {
    return this.listen(createSecureServer({ ...key, allowHTTP1: true }, this.answer as never) as unknown as Server, host);
  }

  /** Accepts connections and writes this text into each, whatever comes; undefined: says nothing. */
  raw(text?: string): Promise<number> {
    return this.listen(
      createTcp((socket) => {
        socket.on('data', () => (text === undefined ? undefined : socket.end(text)));
      }),
    );
  }

  /** Answers by these pieces, with a pause between each and the next. */
  inPieces(pieces: readonly string[], pauseMs: number): Promise<number> {
    return this.listen(
      createTcp((socket) => {
        const write = (index: number): void => {
          socket.write(pieces[index] ?? '');
          if (index + 1 < pieces.length) setTimeout(() => write(index + 1), pauseMs);
        };
        socket.once('data', () => write(0));
      }),
    );
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    for (const server of this.servers) server.close();
  }

  private async listen(server: Server, host = '127.0.0.1'): Promise<number> {
    server.on('connection', (socket: Socket) => {
      socket.on('error', () => socket.destroy()).once('close', () => this.sockets.delete(socket));
      this.sockets.add(socket);
    });
    server.on('tlsClientError', (_error: Error, socket: Socket) => socket.destroy());
    server.listen(0, host);
    await once(server, 'listening');
    this.servers.push(server);
    return (server.address() as AddressInfo).port;
  }

  private readonly answer: RequestListener = (request, response) => void this.serve(request, response);

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const { method = '', url = '', headers } = request;
    this.seen.push({ method, url, headers, body: Buffer.concat(pieces).toString() });
    const { pathname, searchParams } = new URL(url, 'http://lab');
    if (pathname === '/goodbye') (response as unknown as Http2ServerResponse).stream.session?.goaway();
    if (pathname === '/window') return windows(response as unknown as Http2ServerResponse);
    reply(pathname, searchParams, response);
  }
}

function reply(path: string, query: URLSearchParams, response: ServerResponse): void {
  const [, what = '', rest = ''] = path.split('/');
  if (what === 'status') return void response.writeHead(Number(rest)).end('as you wish');
  if (what === 'redirect') return void response.writeHead(Number(query.get('status') ?? 302), { location: query.get('to') ?? '/' }).end();
  if (what === 'circle') return void response.writeHead(302, { location: '/circle' }).end();
  if (what === 'packed') return packed(rest as keyof typeof ENCODERS, response);
  if (what === 'slow') return;
  if (what === 'close') return void response.writeHead(200, { connection: 'close' }).end(PAGE);
  if (what === 'stall') {
    response.writeHead(200, { 'content-length': 100_000 });
    return void response.write('only the beginning');
  }
  if (what === 'cached') {
    const timing = 'db;dur=53.5;desc="the, query", app;dur=4';
    return void response.writeHead(200, { 'cache-status': 'edge; hit', 'cf-ray': '7f', 'server-timing': timing }).end(PAGE);
  }
  response.writeHead(200, { 'content-type': 'text/plain', 'x-lab': 'yes' }).end(PAGE);
}

/** Tells how many bytes the client takes before it has said a word more: on this stream, and on the connection. */
function windows(response: Http2ServerResponse): void {
  const { session } = response.stream;
  response
    .writeHead(200, { 'x-stream': session?.remoteSettings?.initialWindowSize, 'x-connection': session?.state.remoteWindowSize })
    .end();
}

function packed(how: keyof typeof ENCODERS, response: ServerResponse): void {
  const encoding = how === 'raw' ? 'deflate' : how;
  response.writeHead(200, { 'content-encoding': encoding }).end(ENCODERS[how](PAGE));
}
