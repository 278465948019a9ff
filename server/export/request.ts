import type { FastifyReply, FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import type { z } from 'zod';
import { isAllowed } from '../authorize.js';
import type { Context } from '../context.js';
import { badUserInput, forbidden, unauthenticated } from '../errors.js';
import { httpContext } from '../http-context.js';
import type { Core } from '../operations.js';

/** Who asks for a file: viewers may, by session or API token. @throws ApiError UNAUTHENTICATED, FORBIDDEN, RATE_LIMITED */
export async function viewerOf(core: Core, request: FastifyRequest, reply: FastifyReply): Promise<Context> {
  const context = await httpContext(core, request, reply);
  await core.services.rates.count(context.identity, context.remoteAddress);
  if (isAllowed(context.identity, ['VIEWER'])) return context;
  await core.services.refusals.denied(context, request.routeOptions.url ?? 'export');
  throw context.identity.kind === 'nobody' ? unauthenticated() : forbidden();
}

/** The query of a request, checked. @throws ApiError BAD_USER_INPUT that names each wrong part */
export function queryOf<T>(schema: z.ZodType<T>, query: unknown): T {
  const { success, data, error } = schema.safeParse(query);
  if (success) return data;
  const [first, ...others] = error.issues.map(({ path, message }) => ({ path: path.join('.'), message: `${path.join('.')}: ${message}.` }));
  throw badUserInput(first ?? { path: '', message: 'The query cannot be read.' }, ...others);
}

/** Sends a file as it is made: what the client does not read yet is not made yet. */
export function sendFile(reply: FastifyReply, name: string, type: string, parts: AsyncIterable<string>): FastifyReply {
  return reply
    .type(type)
    .header('content-disposition', `attachment; filename="${name}"`)
    .header('cache-control', 'no-store')
    .send(Readable.from(parts, { highWaterMark: 1 }));
}
