import type { IncomingMessage, Server as NodeHttpServer } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ExecutionArgs, ExecutionResult, GraphQLError } from 'graphql';
import { makeServer, type Context as SocketContext, type ServerOptions } from 'graphql-ws';
import { handleProtocols } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import type { Context } from './context.js';
import { ApiError } from './errors.js';
import { NOBODY, type Identity } from './identity.js';
import type { Credential } from './services/authentication.js';
import { Documents } from './documents.js';
import { presenter } from './format-error.js';
import { KeepAlive } from './keep-alive.js';
import { MAX_MESSAGE_BYTES } from './limits.js';
import { CLOSE_TOO_MANY, Connections } from './limits/connections.js';
import { limitFirstBytes } from './limits/first-bytes.js';
import { executeWithin } from './limits/deadline.js';
import { Places } from './limits/places.js';
import { withinPlaces } from './subscription-places.js';
import { LiveSockets, type LiveSocket } from './live-sockets.js';
import { createContext, type Core } from './operations.js';
import { clientAddress, trustOf } from './proxies.js';
import { bindSocket, type SocketExtra } from './socket-binding.js';
import { socketCredential } from './socket-credential.js';
import { countMessage, prepareOperation } from './socket-operation.js';
import { subscribePerEvent } from './subscribe.js';
import type { SocketCounts } from './telemetry/gauges.js';

type Params = Record<string, unknown>;
type Ctx = SocketContext<Params, SocketExtra>;

/** How long a client may take to answer that the socket closes, ms. */
const CLOSE_TIMEOUT_MS = 2000;

/** The WebSocket side of a server, on the same port and path as HTTP. */
export interface SocketServer extends SocketCounts {
  /** Waits for the operations under way, then closes every socket with 1001. */
  close(): Promise<void>;
}

/** Serves GraphQL over WebSocket (graphql-transport-ws) at `/graphql`. */
export function serveSockets(core: Core, http: NodeHttpServer): SocketServer {
  const wss = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols,
    ...{ closeTimeout: CLOSE_TIMEOUT_MS },
  });
  const open = new OpenSockets(core);
  const graphql = makeServer<Params, SocketExtra>(socketOptions(core, open));
  const keepAlive = new KeepAlive(core.config.pingSeconds);
  const trusts = trustOf(core.config.trustProxy);
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (request.url?.split('?')[0] !== '/graphql') return refuse(socket, '404 Not Found');
    const address = clientAddress(trusts, request);
    if (!open.connections.open(address)) return refuse(socket, '429 Too Many Requests');
    let unlimit: (() => void) | undefined;
    const known = once(() => {
      open.connections.known(address);
      unlimit?.();
    });
    socket.once('close', known);
    wss.handleUpgrade(request, socket, head, (client) => {
      unlimit = limitFirstBytes(socket, client);
      keepAlive.watch(client);
      client.on('message', (data: Buffer) => core.telemetry.count.receivedBytes.inc(data.length));
      bindSocket(graphql, client, { request, address, known, count: (live) => countMessage(core, live) }, core.log);
    });
  };
  http.on('upgrade', upgrade);
  return {
    byKind: () => open.live.byKind(),
    async close() {
      open.stop();
      http.off('upgrade', upgrade);
      await Promise.allSettled(open.underWay);
      await open.live.stop();
      keepAlive.stop();
      for (const client of wss.clients) client.close(1001, 'Going away');
      await new Promise((resolve) => wss.close(resolve));
      // What came in while the others were waited for.
      await Promise.allSettled(open.underWay);
    },
  };
}

/** What is shared by the sockets of a server. */
class OpenSockets {
  readonly live: LiveSockets;
  readonly connections: Connections;
  readonly documents: Documents;
  readonly underWay = new Set<Promise<unknown>>();
  /** Of subscriptions, by identity. */
  readonly subscribed: Places;
  private readonly connected: Places;

  constructor(core: Core) {
    this.live = new LiveSockets(core);
    const places = (name: string): Places => new Places(name, core.log, core.services.redis);
    this.connected = places('connections');
    this.subscribed = places('subscriptions');
    this.connections = new Connections(core.services.settings, this.connected);
    this.documents = new Documents(core.schema);
  }

  stop(): void {
    this.connected.stop();
    this.subscribed.stop();
  }

  remove(socket: LiveSocket): void {
    this.live.remove(socket);
    this.connections.remove(socket);
  }
}

function once(act: () => void): () => void {
  let done = false;
  return () => {
    if (!done) act();
    done = true;
  };
}

function refuse(socket: Duplex, status: string): void {
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function socketOptions(core: Core, open: OpenSockets): ServerOptions<Params, SocketExtra> {
  const present = presenter(core);
  const presentAll = (errors: readonly GraphQLError[]) => errors.map(present);
  const seconds = () => core.services.settings.get('limits.operationSeconds');
  return {
    connectionInitWaitTimeout: core.config.initSeconds * 1000,
    onConnect: (ctx) => connect(core, open, ctx),
    onSubscribe: (ctx, _id, payload) =>
      prepareOperation(core, open.documents, liveSocket(ctx), payload, Object.keys(ctx.subscriptions).length),
    execute: (args: ExecutionArgs) => {
      const result = core.telemetry.operation('socket', args, () => executeWithin(args, seconds(), core.operations.execute));
      open.underWay.add(result);
      return result.finally(() => open.underWay.delete(result));
    },
    subscribe: (args: ExecutionArgs) =>
      withinPlaces(core, open.subscribed, args.contextValue as Context, async () => {
        const events = await subscribePerEvent(
          args,
          () => nextContext(core, args.contextValue as Context),
          (event) => core.telemetry.operation('socket', event, () => executeWithin(event, seconds(), core.operations.execute)),
        );
        return core.telemetry.subscription(args, events);
      }),
    onNext: (_ctx, _id, _payload, _args, { errors, ...rest }: ExecutionResult) =>
      errors ? { ...rest, errors: presentAll(errors) } : undefined,
    onError: (_ctx, _id, _payload, errors) => presentAll(errors),
    onClose: ({ extra: { live } }) => {
      if (live) open.remove(live);
    },
  };
}

function nextContext(core: Core, { identity, remoteAddress, clientHasGone }: Context): Context {
  return createContext(core, { identity, remoteAddress, clientHasGone });
}

/** False closes the socket with 4403. */
async function connect(core: Core, open: OpenSockets, ctx: Ctx): Promise<boolean> {
  const { socket, address, known } = ctx.extra;
  const identified = await identify(core, ctx);
  if (identified === 'too many') {
    socket.close(CLOSE_TOO_MANY, 'Too many connections');
    return false;
  }
  const { credential, identity } = identified;
  if (!credential || !identity) {
    await core.services.refusals.denied({ em: core.orm.em.fork(), identity: NOBODY, remoteAddress: address }, 'a WebSocket');
    return false;
  }
  // Closed meanwhile: nobody would take it off the lists again.
  if (socket.readyState !== socket.OPEN) return false;
  known();
  const hasGone = (): boolean => socket.readyState !== socket.OPEN;
  const live: LiveSocket = { credential, identity, remoteAddress: address, hasGone, close: (code, reason) => socket.close(code, reason) };
  if (!(await open.connections.add(live))) {
    socket.close(CLOSE_TOO_MANY, 'Too many connections');
    return false;
  }
  // Closed while it was counted.
  if (socket.readyState !== socket.OPEN) {
    open.connections.remove(live);
    return false;
  }
  ctx.extra.live = live;
  open.live.add(live);
  return true;
}

/** Whose socket it is. That it comes counts as an operation: of an address where nobody knows the credential. */
async function identify(core: Core, { extra: { request, address }, connectionParams }: Ctx): Promise<Identified | 'too many'> {
  const { arrivals, authentication, rates } = core.services;
  const credential = socketCredential(core.config, request, connectionParams);
  try {
    const ask = (known: Credential) => arrivals.prove(address, known, () => authentication.identify(core.orm.em.fork(), known));
    const identity = credential && (await ask(credential));
    await rates.count(identity ?? NOBODY, address);
    return { credential, identity };
  } catch (error) {
    if (error instanceof ApiError && error.code === 'RATE_LIMITED') return 'too many';
    throw error;
  }
}

interface Identified {
  readonly credential: Credential | null;
  readonly identity: Identity | null;
}

function liveSocket(ctx: Ctx): LiveSocket {
  if (!ctx.extra.live) throw new Error('an operation came on a socket that was never acknowledged');
  return ctx.extra.live;
}
