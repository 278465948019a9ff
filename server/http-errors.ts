import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { ApiError, badUserInput, type ErrorCode } from './errors.js';
import { presenter } from './format-error.js';
import type { Core } from './operations.js';

/** HTTP status of an error outside of any GraphQL operation; inside of one the answer is 200 and its code says all. */
const STATUS: Readonly<Partial<Record<ErrorCode, number>>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  BAD_USER_INPUT: 400,
  CONFLICT: 409,
  QUERY_TOO_COMPLEX: 413,
  RATE_LIMITED: 429,
};

/** What is wrong with a request that never became an operation is JSON of the same shape as GraphQL's errors: `{ errors: [{ message, extensions: { code } }] }`. */
export function answerErrorsAsJson(fastify: FastifyInstance, core: Core): void {
  const present = presenter(core);
  fastify.setErrorHandler((error: FastifyError | ApiError, _request, reply) => {
    const seen = transportError(error);
    if (seen) return sendError(reply, present(seen), error instanceof ApiError ? (STATUS[error.code] ?? 400) : (error.statusCode ?? 400));
    return sendError(reply, present(new GraphQLError('unexpected', { originalError: error })), 500);
  });
}

/** Sends one error; where the client may try again, with Retry-After. */
export function sendError(reply: FastifyReply, error: GraphQLFormattedError, status: number): FastifyReply {
  const seconds = error.extensions?.retryAfterSeconds;
  if (typeof seconds === 'number') void reply.header('retry-after', seconds);
  return reply
    .code(status)
    .type('application/json; charset=utf-8')
    .send({ errors: [error] });
}

/** A fault of the client; undefined for one of ours. */
function transportError(error: FastifyError | ApiError): ApiError | undefined {
  if (error instanceof ApiError) return error;
  const status = error.statusCode ?? 500;
  if (status < 400 || status >= 500) return undefined;
  return status === 413
    ? new ApiError('QUERY_TOO_COMPLEX', 'The request is too large.')
    : badUserInput({ path: '', message: error.message });
}
