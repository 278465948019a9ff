import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer as createHttp } from 'node:http';
import { createSecureServer } from 'node:http2';
import { createServer as createHttps } from 'node:https';
import { createServer as createTcp, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTls } from 'node:tls';
import packet, { type Answer } from 'dns-packet';
import { Frames } from '../stream.js';

/** What the server of the tests answers to a name; undefined: nothing at all. */
export interface Reply {
  readonly rcode?: number;
  readonly answers?: readonly Answer[];
  readonly flags?: number;
  /** Raw bytes in place of a message, or what is made of the question. */
  readonly raw?: Buffer | ((question: Buffer) => Buffer);
  /** The connection ends after the answer. */
  readonly thenClose?: boolean;
}

/** Decides what is answered to a name; `times` counts how often it was asked for before. */
export type Zone = (name: string, type: string, times: number) => Reply | undefined;

/** What requests and responses of both versions of HTTP have. */
type HttpRequest = AsyncIterable<Buffer> & {
  readonly url?: string;
  readonly httpVersion: string;
  readonly stream?: { readonly session?: { close(): void } | undefined };
};
interface HttpResponse {
  writeHead(status: number, headers?: Record<string, string | number>): unknown;
  end(body: string | Buffer): unknown;
}

/** A name server on the loopback for tests: real UDP, TCP, TLS and HTTPS sockets. */
export class DnsServer {
  readonly asked: string[] = [];
  private readonly closers: (() => void)[] = [];
  private readonly sockets = new Set<Socket>();
  private lastCloses = false;

  constructor(private readonly zone: Zone) {}

  /** Serves UDP, by a free port unless one is named; gives the port. */
  async udp(host = '127.0.0.1', port = 0): Promise<number> {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    socket.on('message', (bytes, { port, address }) => {
      const answer = this.answer(bytes);
      if (answer) socket.send(answer, port, address);
    });
    socket.bind(port, host);
    await once(socket, 'listening');
    this.closers.push(() => socket.close());
    return socket.address().port;
  }

  tcp(host?: string): Promise<number> {
    return this.listen(
      createTcp((socket) => this.serveStream(socket)),
      host,
    );
  }

  tls(certificate: { cert: string; key: string }, host?: string): Promise<number> {
    return this.listen(
      createTls({ ...certificate, ALPNProtocols: ['dot'] }, (socket) => this.serveStream(socket)),
      host,
    );
  }

  https(certificate: { cert: string; key: string }, host?: string): Promise<number> {
    const server = createSecureServer({ ...certificate });
    server.on('request', (request, response) => void this.serveHttp(request, response));
    return this.listen(server as unknown as Server, host);
  }

  /** HTTPS without HTTP/2. */
  https1(certificate: { cert: string; key: string }): Promise<number> {
    return this.listen(createHttps(certificate, (request, response) => void this.serveHttp(request, response)));
  }

  /** A web server that knows nothing of DNS. */
  stranger(): Promise<number> {
    return this.listen(createHttp((_request, response) => response.end('hello')));
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    for (const close of this.closers) close();
  }

  private async listen(server: Server, host = '127.0.0.1'): Promise<number> {
    server.on('connection', (socket: Socket) => {
      socket.on('error', () => socket.destroy()).once('close', () => this.sockets.delete(socket));
      this.sockets.add(socket);
    });
    // A client that does not trust the certificate is what some tests are about.
    server.on('tlsClientError', (_error: Error, socket: Socket) => socket.destroy());
    server.listen(0, host);
    await once(server, 'listening');
    this.closers.push(() => server.close());
    return (server.address() as AddressInfo).port;
  }

  private serveStream(socket: Socket): void {
    const frames = new Frames();
    socket.on('error', () => socket.destroy());
    socket.on('data', (piece: Buffer) => {
      for (const message of frames.push(piece)) {
        const answer = this.answer(message);
        if (!answer) return void socket.end();
        const length = Buffer.alloc(2);
        length.writeUInt16BE(answer.length);
        // One write: the second of two would wait for the client's acknowledgement of the first.
        socket.write(Buffer.concat([length, answer]));
        if (this.lastCloses) socket.end();
      }
    });
  }

  private async serveHttp(request: HttpRequest, response: HttpResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    if (request.url !== '/dns-query') {
      response.writeHead(404);
      return void response.end('no such page');
    }
    const answer = this.answer(Buffer.concat(pieces));
    if (!answer) return;
    response.writeHead(200, { 'content-type': 'application/dns-message', 'content-length': answer.length, ...this.ending(request) });
    response.end(answer);
    if (this.lastCloses) request.stream?.session?.close();
  }

  /** HTTP/2 has no such header: there the session says it. */
  private ending({ httpVersion }: HttpRequest): Record<string, string> {
    return this.lastCloses && httpVersion.startsWith('1') ? { connection: 'close' } : {};
  }

  private answer(bytes: Buffer): Buffer | undefined {
    const { id = 0, questions = [] } = packet.decode(bytes);
    const [asked] = questions;
    if (!asked) return undefined;
    const times = this.asked.filter((name) => name === asked.name).length;
    this.asked.push(asked.name);
    const reply = this.zone(asked.name, asked.type, times);
    this.lastCloses = reply?.thenClose ?? false;
    if (!reply) return undefined;
    if (reply.raw) return Buffer.isBuffer(reply.raw) ? reply.raw : reply.raw(bytes);
    return packet.encode({
      ...{ type: 'response', id, questions, answers: [...(reply.answers ?? [])] },
      flags: (reply.flags ?? packet.RECURSION_DESIRED | packet.RECURSION_AVAILABLE) | (reply.rcode ?? 0),
    });
  }
}
