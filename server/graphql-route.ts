import type { ApolloServer } from '@apollo/server';
import fastifyApollo from '@as-integrations/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from './context.js';
import { ApiError, badUserInput } from './errors.js';
import { presenter } from './format-error.js';
import { httpContext } from './http-context.js';
import { sendError } from './http-errors.js';
import { checkBrackets } from './limits/document-shape.js';
import { parseMessage, textOf } from './limits/json.js';
import type { Core } from './operations.js';

/** Serves GraphQL by POST: who it is, whether a page may ask so, and how often comes before the body is read; how deep the document is comes before Apollo. */
export async function serveGraphql(fastify: FastifyInstance, core: Core, apollo: ApolloServer<Context>): Promise<void> {
  const contexts = new WeakMap<object, Context>();
  await fastify.register(async (scope) => {
    readJsonOnly(scope);
    scope.addHook('onRequest', (request, reply) => receive(core, contexts, request, reply));
    scope.addHook('preHandler', (request, reply) => {
      const context = contexts.get(request);
      return Promise.resolve(context && take(core, context, request, reply));
    });
    await scope.register(fastifyApollo(apollo), {
      path: '/graphql',
      method: 'POST',
      context: (request) => Promise.resolve(contextOf(contexts, request)),
    });
    refuseOtherMethods(scope, core);
  });
}

/** Finds out whose a request is, and counts it. One too many is answered without its body. */
async function receive(
  core: Core,
  contexts: WeakMap<object, Context>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply | undefined> {
  if (request.method !== 'POST') return undefined;
  try {
    const context = await httpContext(core, request, reply);
    await core.services.rates.count(context.identity, context.remoteAddress);
    contexts.set(request, context);
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'RATE_LIMITED') throw error;
    core.telemetry.refused('http', error);
    // With the status that it would have from inside of an operation.
    return sendError(reply, presenter(core)(error), 200);
  }
}

/** Takes the body of a request, unless its document is too deep to be read. */
function take(core: Core, context: Context, request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
  const { body } = request;
  if (typeof body === 'object' && body !== null) context.message = body;
  try {
    checkBrackets(queryOf(request));
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    core.telemetry.refused('http', error);
    return sendError(reply, presenter(core)(error), 400);
  }
}

function refuseOtherMethods(fastify: FastifyInstance, core: Core): void {
  const present = presenter(core);
  fastify.route({
    method: ['GET', 'PUT', 'PATCH', 'DELETE'],
    url: '/graphql',
    handler: (_request, reply) => {
      void reply.header('allow', 'POST');
      return sendError(reply, present(badUserInput({ path: '', message: 'Send GraphQL by POST.' })), 405);
    },
  });
}

/** Bodies are read by the rules of messages over WebSocket; other content types than JSON are refused. */
function readJsonOnly(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body: Buffer, done) => {
    try {
      done(null, parseMessage(textOf(body)));
    } catch (error) {
      done(error as Error);
    }
  });
}

/** The document's text; empty where there is none, which Apollo says better. */
function queryOf({ body }: FastifyRequest): string {
  const query = typeof body === 'object' && body !== null && 'query' in body ? body.query : undefined;
  return typeof query === 'string' ? query : '';
}

function contextOf(contexts: WeakMap<object, Context>, request: object): Context {
  const context = contexts.get(request);
  if (!context) throw new Error('an operation came without a context');
  return context;
}
