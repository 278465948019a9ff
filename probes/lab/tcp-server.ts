import { createServer, type Socket } from 'node:net';

/*
 * A TCP server of one kind, as a process inside a namespace. It prints its port and lives until its input ends.
 */

/** What the server does with its clients. */
export type TcpBehaviour =
  /** Accepts, and says nothing. */
  | { readonly kind: 'accept' }
  /** Accepts, and resets the connection. */
  | { readonly kind: 'reset' }
  /** Sends back what it gets. */
  | { readonly kind: 'echo' }
  /** Takes what comes and throws it away. */
  | { readonly kind: 'sink' }
  /** Answers the first bytes of each connection after `delayMs`, with `bytes` bytes. */
  | { readonly kind: 'answer'; readonly delayMs: number; readonly bytes: number }
  /** Reads `bytes` every `everyMs`, so that its window closes. */
  | { readonly kind: 'slow-reader'; readonly bytes: number; readonly everyMs: number }
  /** Writes `bytes` every `everyMs`, so that its sender is never busy. */
  | { readonly kind: 'slow-writer'; readonly bytes: number; readonly everyMs: number }
  /** Writes as fast as it can. */
  | { readonly kind: 'source' };

export type TcpServerConfig = TcpBehaviour & { readonly port?: number };

export interface TcpServerReady {
  readonly port: number;
}

const CHUNK = Buffer.alloc(64 * 1024, 'x');

function readSlowly(socket: Socket, bytes: number, everyMs: number): void {
  const timer = setInterval(() => socket.read(bytes) ?? socket.read(), everyMs);
  socket.on('close', () => clearInterval(timer));
}

function writeSlowly(socket: Socket, bytes: number, everyMs: number): void {
  const timer = setInterval(() => socket.write(CHUNK.subarray(0, bytes)), everyMs);
  socket.resume().on('close', () => clearInterval(timer));
}

function writeFast(socket: Socket): void {
  const fill = (): void => {
    while (!socket.destroyed && socket.write(CHUNK));
  };
  socket.resume().on('drain', fill);
  fill();
}

function serve(socket: Socket, config: TcpServerConfig): void {
  // Clients come and go as they like, also by a reset; the server does not mind.
  socket.on('error', () => socket.destroy());
  if (config.kind === 'reset') socket.resetAndDestroy();
  else if (config.kind === 'echo') socket.pipe(socket);
  else if (config.kind === 'slow-reader') readSlowly(socket, config.bytes, config.everyMs);
  else if (config.kind === 'slow-writer') writeSlowly(socket, config.bytes, config.everyMs);
  else if (config.kind === 'source') writeFast(socket);
  else {
    socket.resume();
    if (config.kind === 'answer')
      socket.once('data', () => setTimeout(() => socket.write(Buffer.alloc(config.bytes, 'x')), config.delayMs));
  }
}

function main(config: TcpServerConfig): void {
  const server = createServer({ noDelay: true, highWaterMark: 16_384 }, (socket) => serve(socket, config));
  server.listen(config.port ?? 0, '::', () => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    process.stdout.write(`${JSON.stringify({ port: address.port } satisfies TcpServerReady)}\n`);
  });
  process.stdin.resume().on('end', () => process.exit(0));
}

main(JSON.parse(process.argv[2] ?? '') as TcpServerConfig);
