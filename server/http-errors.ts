import type { Socket } from 'node:net';
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

/** Node's codes of what never became a request, with its status and what the client is told. */
const BROKEN: Readonly<Record<string, readonly [status: string, message: string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'The address and the headers of the request are longer than 16 KiB.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request took too long to arrive.'],
};

/** Answers, in the same shape, what Node could not read as a request, and ends its connection. */
export function answerBrokenRequest(error: Error & { readonly code?: string }, socket: Socket): void {
  const [status, message] = BROKEN[error.code ?? ''] ?? ['400 Bad Request', 'This is no HTTP request.'];
  const body = JSON.stringify({ errors: [badUserInput({ path: '', message }).toJSON()] });
  const head = `HTTP/1.1 ${status}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n`;
  if (error.code !== 'ECONNRESET' && socket.writable) socket.write(head + body);
  socket.destroy();
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
