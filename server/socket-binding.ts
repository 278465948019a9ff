import type { IncomingMessage } from 'node:http';
import type { Writable } from 'node:stream';
import type { Server } from 'graphql-ws';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import { ApiError } from './errors.js';
import { CLOSE_TOO_MANY } from './limits/connections.js';
import { CLOSE_TOO_LARGE } from './limits/first-bytes.js';
import { parseMessage } from './limits/json.js';
import type { LiveSocket } from './live-sockets.js';

/** What the hooks of graphql-ws find in `ctx.extra`. */
export interface SocketExtra extends Record<PropertyKey, unknown> {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  /** IP address of the client. */
  readonly address: string;
  /** Says that the socket is no longer one of those that nobody knows. */
  readonly known: () => void;
  /** Counts a message that is no operation. @throws ApiError RATE_LIMITED */
  readonly count: (live: LiveSocket) => Promise<void>;
  /** Once it is acknowledged. */
  live?: LiveSocket;
}

/** Close codes: the client broke the protocol; the server failed; no text. */
const BAD_REQUEST = 4400;
const INTERNAL = 4500;
const NO_BINARY = 1003;

/** What a client may say; graphql-ws itself takes the words of a server for a fault of the server. */
const CLIENT_MESSAGES: ReadonlySet<unknown> = new Set(['connection_init', 'ping', 'pong', 'subscribe', 'complete']);

/** Bytes of answers that wait for a client to read them; beyond that it is taken for dead. Four of the largest answers. */
const MOST_UNREAD_BYTES = 32 * 1024 * 1024;

/** Messages that are no operations are no larger. */
const SMALL_BYTES = 16 * 1024;

/** So much may wait for the network without anybody waiting for it. */
const FREE_BYTES = 256 * 1024;

/**
 * Connects a WebSocket to graphql-ws: what its own binding does, but messages are parsed by the rules of HTTP bodies,
 * a client's fault closes with 4400, what goes wrong is logged, and a client that reads nothing is cut off.
 */
export function bindSocket(
  server: Server<SocketExtra>,
  socket: WebSocket,
  origin: Pick<SocketExtra, 'request' | 'address' | 'known' | 'count'>,
  log: Logger,
): void {
  // The library closes by itself: 1002, 1007 (not UTF-8) or 1009 (too large).
  socket.on('error', (error) => log.debug({ err: error }, 'a WebSocket broke'));
  const extra: SocketExtra = { ...origin, socket };
  const countFrame = (): void => void countOther(extra).catch((error: unknown) => closeFor(socket, error, log));
  socket.on('ping', countFrame);
  socket.on('pong', countFrame);
  const closed = server.opened(
    {
      protocol: socket.protocol,
      send: (text) => {
        gather(origin.request.socket);
        return send(socket, text, log);
      },
      close: (code, reason) => socket.close(code, reason),
      onMessage: (handle) => socket.on('message', (data, isBinary) => void receive(extra, data as Buffer, isBinary, handle, log)),
    },
    extra,
  );
  socket.once('close', (code, reason) => {
    void closed(code, reason.toString()).catch((error: unknown) => log.error({ err: error }, 'a WebSocket closed badly'));
  });
}

const gathering = new WeakSet<Writable>();

/** What is written in one turn leaves by one system call: an answer and the word that it was the last, or all events that were committed together. */
function gather(stream: Writable): void {
  if (gathering.has(stream)) return;
  gathering.add(stream);
  stream.cork();
  process.nextTick(() => {
    gathering.delete(stream);
    stream.uncork();
  });
}

/** Resolves at once, or, where much waits already, when the text has left for the network: whoever sends many waits for a slow reader. */
function send(socket: WebSocket, text: string, log: Logger): Promise<void> {
  if (socket.readyState !== socket.OPEN) return Promise.resolve();
  cutOffDeafReader(socket, log);
  if (socket.bufferedAmount < FREE_BYTES) {
    socket.send(text, ignoreError);
    return Promise.resolve();
  }
  return new Promise((resolve) => socket.send(text, () => resolve()));
}

/** An error means that the socket is gone: it says so by `close`. */
const ignoreError = (): void => undefined;

async function receive(
  extra: SocketExtra,
  data: Buffer,
  isBinary: boolean,
  handle: (message: string) => Promise<void>,
  log: Logger,
): Promise<void> {
  const { socket } = extra;
  if (socket.readyState !== socket.OPEN) return;
  if (isBinary) return socket.close(NO_BINARY, 'Messages are text');
  if (data.length > SMALL_BYTES && isLimited(extra.live)) return socket.close(CLOSE_TOO_MANY, 'Too many operations');
  try {
    const message = parseMessage(data.toString()) as { readonly type?: unknown } | null;
    if (!CLIENT_MESSAGES.has(message?.type)) return socket.close(BAD_REQUEST, 'No message of a client');
    const isOperation = message?.type === 'subscribe';
    if (!isOperation && data.length > SMALL_BYTES) return socket.close(CLOSE_TOO_LARGE, 'Only operations may be so large');
    // graphql-ws takes a message that is parsed already, though its type says text. At once: messages keep their order. Operations are counted as they are prepared.
    await Promise.all([handle(message as unknown as string), isOperation ? undefined : countOther(extra)]);
  } catch (error) {
    closeFor(socket, error, log);
  }
}

function isLimited(live: LiveSocket | undefined): boolean {
  return (live?.limitedUntil ?? 0) > performance.now();
}

/** Counts what is no operation. Before the acknowledgement it is bounded by bytes. */
async function countOther({ live, count }: SocketExtra): Promise<void> {
  if (live) await count(live);
}

function closeFor(socket: WebSocket, error: unknown, log: Logger): void {
  if (error instanceof ApiError) return socket.close(error.code === 'RATE_LIMITED' ? CLOSE_TOO_MANY : BAD_REQUEST, error.message);
  log.error({ err: error }, 'unexpected error with a message of a WebSocket');
  socket.close(INTERNAL, 'Internal server error');
}

function cutOffDeafReader(socket: WebSocket, log: Logger): void {
  if (socket.bufferedAmount <= MOST_UNREAD_BYTES) return;
  log.warn({ unreadBytes: socket.bufferedAmount }, 'a client does not read its answers: its WebSocket is ended');
  // No farewell: it would wait behind what nobody reads.
  socket.terminate();
}
