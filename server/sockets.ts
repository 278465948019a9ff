import type { IncomingMessage, Server as NodeHttpServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { execute, type ExecutionArgs, type ExecutionResult, type GraphQLError } from 'graphql';
import type { Context as SocketContext, ServerOptions } from 'graphql-ws';
import { useServer, type Extra } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import type { Context } from './context.js';
import { Documents } from './documents.js';
import { presentError } from './format-error.js';
import { MAX_MESSAGE_BYTES } from './limits.js';
import { LiveSockets, type LiveSocket } from './live-sockets.js';
import { createContext, type Core } from './operations.js';
import { remoteAddressOf, socketCredential } from './socket-credential.js';
import { prepareOperation } from './socket-operation.js';
import { subscribePerEvent } from './subscribe.js';

type Params = Record<string, unknown>;
interface State extends Record<PropertyKey, unknown> {
  live?: LiveSocket;
}
type Ctx = SocketContext<Params, Extra & Partial<State>>;

/** How long a client may take to answer that the socket closes, ms. */
const CLOSE_TIMEOUT_MS = 2000;

/** The WebSocket side of a server, on the same port and path as HTTP. */
export interface SocketServer {
  /** Waits for the operations under way, then closes every socket with 1001. */
  close(): Promise<void>;
}

/** Serves GraphQL over WebSocket (graphql-transport-ws) at `/graphql`. */
export function serveSockets(core: Core, http: NodeHttpServer): SocketServer {
  const wss = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, ...{ closeTimeout: CLOSE_TIMEOUT_MS } });
  const sockets = new LiveSockets(core);
  const underWay = new Set<Promise<unknown>>();
  const graphql = useServer<Params, State>(socketOptions(core, sockets, underWay), wss);
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (request.url?.split('?')[0] !== '/graphql') {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    wss.handleUpgrade(request, socket, head, (client) => wss.emit('connection', client, request));
  };
  http.on('upgrade', upgrade);
  return {
    async close() {
      http.off('upgrade', upgrade);
      await Promise.allSettled(underWay);
      await sockets.stop();
      await graphql.dispose();
      // What came in while the others were waited for.
      await Promise.allSettled(underWay);
    },
  };
}

function socketOptions(core: Core, sockets: LiveSockets, underWay: Set<Promise<unknown>>): ServerOptions<Params, Extra & Partial<State>> {
  const documents = new Documents(core.schema);
  const present = (errors: readonly GraphQLError[]) => errors.map((error) => presentError(error, core.log));
  return {
    onConnect: (ctx) => connect(core, sockets, ctx),
    onSubscribe: (ctx, _id, payload) => prepareOperation(core, documents, liveSocket(ctx), payload),
    execute: (args) => {
      const result = Promise.resolve(execute(args));
      underWay.add(result);
      return result.finally(() => underWay.delete(result));
    },
    subscribe: (args: ExecutionArgs) => subscribePerEvent(args, () => nextContext(core, args.contextValue as Context)),
    onNext: (_ctx, _id, _payload, _args, { errors, ...rest }: ExecutionResult) =>
      errors ? { ...rest, errors: present(errors) } : undefined,
    onError: (_ctx, _id, _payload, errors) => present(errors),
    onDisconnect: (ctx) => {
      if (ctx.extra.live) sockets.remove(ctx.extra.live);
    },
  };
}

function nextContext(core: Core, { identity, remoteAddress }: Context): Context {
  return createContext(core, { identity, remoteAddress });
}

/** False closes the socket with 4403. */
async function connect(core: Core, sockets: LiveSockets, ctx: Ctx): Promise<boolean> {
  const { socket, request } = ctx.extra;
  const credential = socketCredential(core.config, request, ctx.connectionParams);
  const identity = credential && (await core.services.authentication.identify(core.orm.em.fork(), credential));
  if (!credential || !identity) return false;
  const remoteAddress = remoteAddressOf(core.config, request);
  ctx.extra.live = { credential, identity, remoteAddress, close: (code, reason) => socket.close(code, reason) };
  sockets.add(ctx.extra.live);
  return true;
}

function liveSocket(ctx: Ctx): LiveSocket {
  if (!ctx.extra.live) throw new Error('an operation came on a socket that was never acknowledged');
  return ctx.extra.live;
}
