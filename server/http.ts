import type { ApolloServer } from '@apollo/server';
import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import Fastify, { LogController, type FastifyInstance } from 'fastify';
import { createApollo } from './apollo.js';
import type { Context } from './context.js';
import { serveDashboard } from './dashboard.js';
import { serveResultExport } from './export/results.js';
import { serveSeriesExport } from './export/series.js';
import { serveGraphql } from './graphql-route.js';
import { answerBrokenRequest, answerErrorsAsJson } from './http-errors.js';
import { MAX_MESSAGE_BYTES } from './limits.js';
import type { Core } from './operations.js';
import { trustOf } from './proxies.js';
import { serveMetrics } from './telemetry/route.js';

/** Whether the server can work; asked by `/readyz`. */
export type Readiness = () => Promise<boolean>;

/** The HTTP side of a server, not yet listening. */
export interface HttpServer {
  readonly fastify: FastifyInstance;
  readonly apollo: ApolloServer<Context>;
  /** Stops accepting, and resolves when what is under way has been answered. */
  close(): Promise<void>;
}

/** Longer than load balancers keep theirs (60 s): else one of theirs may be used just as we close it. */
const KEEP_ALIVE_MS = 72_000;

// Vuetify writes its theme into a style element. 'self' covers the WebSocket of the same origin.
const CONTENT_SECURITY_POLICY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:', 'blob:'],
    fontSrc: ["'self'", 'data:'],
    workerSrc: ["'self'", 'blob:'],
    objectSrc: ["'none'"],
    frameAncestors: ["'none'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
  },
};

/** Makes the HTTP side: GraphQL at `/graphql`, `/healthz`, `/readyz`, and the dashboard everywhere else. */
export async function createHttpServer(core: Core, isReady: Readiness): Promise<HttpServer> {
  const { config } = core;
  const fastify = Fastify({
    loggerInstance: core.log,
    logController: new LogController({ disableRequestLogging: config.logLevel !== 'trace' }),
    trustProxy: trustOf(config.trustProxy),
    bodyLimit: MAX_MESSAGE_BYTES,
    ...timeouts(config.requestSeconds),
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    clientErrorHandler: answerBrokenRequest,
  }) as unknown as FastifyInstance; // the logger's type is pino's own instead of Fastify's base: the same object
  const https = config.publicUrl?.startsWith('https:') === true;
  await fastify.register(helmet, {
    contentSecurityPolicy: CONTENT_SECURITY_POLICY,
    hsts: https,
    referrerPolicy: { policy: 'no-referrer' },
  });
  await fastify.register(cookie);
  const close = closerOf(fastify);
  answerErrorsAsJson(fastify, core);
  addHealth(fastify, isReady);
  serveMetrics(fastify, core);
  const apollo = createApollo(core);
  await apollo.start();
  await serveGraphql(fastify, core, apollo);
  serveSeriesExport(fastify, core);
  serveResultExport(fastify, core);
  await serveDashboard(fastify, config.dashboard);
  return { fastify, apollo, close };
}

/** A client that sends its request drop by drop holds a connection for no longer than this. */
function timeouts(requestSeconds: number) {
  const requestTimeout = requestSeconds * 1000;
  const http = { headersTimeout: requestTimeout / 2, connectionsCheckingInterval: Math.min(requestTimeout / 2, 5000) };
  return { requestTimeout, keepAliveTimeout: KEEP_ALIVE_MS, http };
}

/**
 * A closer for the HTTP side. A connection whose answer is under way when the server begins to close isn't idle, so that Fastify leaves it, and it
 * would be kept alive long after its answer: each answer from then on ends its connection.
 */
function closerOf(fastify: FastifyInstance): () => Promise<void> {
  let closing = false;
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) reply.header('connection', 'close');
    done(null, payload);
  });
  return async () => {
    closing = true;
    await fastify.close();
  };
}

function addHealth(fastify: FastifyInstance, isReady: Readiness): void {
  fastify.get('/healthz', () => ({ status: 'alive' }));
  fastify.get('/readyz', async (_request, reply) => {
    const ready = await isReady();
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready' });
  });
}
