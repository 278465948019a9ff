import { ApolloServer } from '@apollo/server';
import fastifyApollo from '@as-integrations/fastify';
import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import Fastify, { LogController, type FastifyInstance } from 'fastify';
import { GraphQLError } from 'graphql';
import type { Context } from './context.js';
import { serveDashboard } from './dashboard.js';
import { presentError } from './format-error.js';
import { httpContext } from './http-context.js';
import { LIMIT_RULES, MAX_MESSAGE_BYTES, MAX_TOKENS } from './limits.js';
import type { Core } from './operations.js';

/** Whether the server can work; asked by `/readyz`. */
export type Readiness = () => Promise<boolean>;

/** The HTTP side of a server, not yet listening. */
export interface HttpServer {
  readonly fastify: FastifyInstance;
  readonly apollo: ApolloServer<Context>;
}

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
    trustProxy: config.trustProxy,
    bodyLimit: MAX_MESSAGE_BYTES,
    forceCloseConnections: 'idle',
    return503OnClosing: true,
  }) as unknown as FastifyInstance; // the logger's type is pino's own instead of Fastify's base: the same object
  const https = config.publicUrl?.startsWith('https:') === true;
  await fastify.register(helmet, {
    contentSecurityPolicy: CONTENT_SECURITY_POLICY,
    hsts: https,
    referrerPolicy: { policy: 'no-referrer' },
  });
  await fastify.register(cookie);
  addHealth(fastify, isReady);
  const apollo = createApollo(core);
  await apollo.start();
  await fastify.register(fastifyApollo(apollo), {
    path: '/graphql',
    method: 'POST',
    context: (request, reply) => httpContext(core, request, reply),
  });
  await serveDashboard(fastify, config.dashboard);
  return { fastify, apollo };
}

function createApollo(core: Core): ApolloServer<Context> {
  return new ApolloServer<Context>({
    schema: core.schema,
    csrfPrevention: true,
    introspection: true,
    allowBatchedHttpRequests: false,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    parseOptions: { maxTokens: MAX_TOKENS },
    validationRules: [...LIMIT_RULES],
    logger: core.log,
    formatError: (formatted, error) =>
      presentError(
        error instanceof GraphQLError ? error : new GraphQLError(formatted.message, { originalError: error as Error }),
        core.log,
      ),
  });
}

function addHealth(fastify: FastifyInstance, isReady: Readiness): void {
  fastify.get('/healthz', () => ({ status: 'alive' }));
  fastify.get('/readyz', async (_request, reply) => {
    const ready = await isReady();
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready' });
  });
}
