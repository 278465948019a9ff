import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTls } from 'node:tls';

const POURED_BYTES = 65_536;

/** What a hostile server does with each connection, from its beginning. */
export type Attack = (socket: Socket) => void;

type Key = { readonly cert: string; readonly key: string };

/** Servers on loopback that break the rules of what they are asked in, each on a port of its own. */
export class HostileServers {
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();

  /** Does this to each connection, below TLS. */
  plain(attack: Attack): Promise<number> {
    return this.#listen(createServer(attack));
  }

  /** Does this inside TLS, where this protocol was agreed on (ALPN). */
  tls(key: Key, protocol: 'h2' | 'http/1.1' | 'dot', attack: Attack): Promise<number> {
    return this.#listen(createTls({ ...key, ALPNProtocols: [protocol] }, attack));
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  async #listen(server: Server): Promise<number> {
    const endOnError = (socket: Socket): void => void socket.on('error', () => socket.destroy());
    server.on('connection', (socket: Socket) => {
      endOnError(socket);
      this.#sockets.add(socket.once('close', () => this.#sockets.delete(socket)));
    });
    server.on('secureConnection', endOnError);
    server.on('tlsClientError', (_error: Error, socket: Socket) => socket.destroy());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    this.#servers.push(server);
    return (server.address() as AddressInfo).port;
  }
}

/** Waits for the client's first word, then says this and no more. */
export function says(...pieces: readonly (Buffer | string)[]): Attack {
  return (socket) => void socket.once('data', () => pieces.forEach((piece) => socket.write(piece)));
}

/** Waits for the client's first word, says this, and ends the connection. */
export function saysAndEnds(piece: Buffer | string): Attack {
  return (socket) => void socket.once('data', () => socket.end(piece));
}

/** Writes the same again and again, as fast as the client takes it. */
export function pour(socket: Socket, piece: Buffer | string): void {
  // Many at once: the client is to have more to do than the server.
  const many = Buffer.concat(Array.from({ length: Math.ceil(POURED_BYTES / piece.length) }, () => Buffer.from(piece)));
  const write = (): void => {
    while (!socket.destroyed && socket.writable && socket.write(many));
  };
  socket.on('drain', write);
  write();
}

/** Waits for the client's first word, says this, and then that without end. */
export function saysWithoutEnd(piece: Buffer | string, first: Buffer | string = ''): Attack {
  return (socket) =>
    void socket.once('data', () => {
      if (first.length > 0) socket.write(first);
      pour(socket, piece);
    });
}

/** Says one byte of this, over and over, every few milliseconds. */
export function drips(text: string, everyMs: number): Attack {
  return (socket) =>
    void socket.once('data', () => {
      let at = 0;
      const timer = setInterval(() => socket.write(text.charAt(at++ % text.length)), everyMs);
      socket.once('close', () => clearInterval(timer));
    });
}

/** Passes so many bytes of what a server answers on, and then keeps silent or ends. */
export function halfOf(port: number, bytes: number, then: 'silence' | 'end'): Attack {
  return (socket) => {
    const upstream = connect(port, '127.0.0.1').on('error', () => socket.destroy());
    let left = bytes;
    socket.on('data', (piece: Buffer) => upstream.write(piece)).once('close', () => upstream.destroy());
    upstream.on('data', (piece: Buffer) => {
      if (left <= 0) return;
      socket.write(piece.subarray(0, left));
      left -= piece.length;
      if (left <= 0 && then === 'end') socket.end();
    });
  };
}
