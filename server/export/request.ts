import type { FastifyReply, FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import type { z } from 'zod';
import { isAllowed } from '../authorize.js';
import type { Context } from '../context.js';
import { badUserInput, forbidden, unauthenticated } from '../errors.js';
import { credentialOf, httpContext } from '../http-context.js';
import { findUnstorable, unstorable } from '../limits/text.js';
import type { Core } from '../operations.js';

/** Somebody who may have a file. */
export interface Viewer {
  readonly context: Context;
  /** Whether the credential still holds, and still allows this. */
  stillMay(): Promise<boolean>;
}

/** A file as it goes out. */
export interface ExportedFile {
  readonly name: string;
  readonly type: string;
  readonly parts: AsyncIterable<string>;
}

/** Who asks for a file: viewers may, by session or API token. @throws ApiError UNAUTHENTICATED, FORBIDDEN, RATE_LIMITED */
export async function viewerOf(core: Core, request: FastifyRequest, reply: FastifyReply): Promise<Viewer> {
  const context = await httpContext(core, request, reply);
  await core.services.rates.count(context.identity, context.remoteAddress);
  const credential = credentialOf(core.config, request);
  const stillMay = async (): Promise<boolean> => {
    const identity = credential && (await core.services.authentication.identify(core.orm.em.fork(), credential));
    return identity !== null && isAllowed(identity, ['VIEWER']);
  };
  if (isAllowed(context.identity, ['VIEWER'])) return { context, stillMay };
  await core.services.refusals.denied(context, request.routeOptions.url ?? 'export');
  throw context.identity.kind === 'nobody' ? unauthenticated() : forbidden();
}

/** The query of a request, checked. @throws ApiError BAD_USER_INPUT that names each wrong part */
export function queryOf<T>(schema: z.ZodType<T>, query: unknown): T {
  const odd = findUnstorable(query);
  if (odd !== undefined) throw unstorable(odd);
  const { success, data, error } = schema.safeParse(query);
  if (success) return data;
  const [first, ...others] = error.issues.map(({ path, message }) => ({ path: path.join('.'), message: `${path.join('.')}: ${message}.` }));
  throw badUserInput(first ?? { path: '', message: 'The query cannot be read.' }, ...others);
}

/**
 * Sends a file as it is made: what the client does not read yet is not made yet. It breaks off, so that the client sees that it is not whole, once the
 * viewer's credential no longer holds; that is asked as often as of open sockets.
 */
export function sendFile(core: Core, { stillMay }: Viewer, reply: FastifyReply, { name, type, parts }: ExportedFile): FastifyReply {
  const file = Readable.from(parts, { highWaterMark: 1 });
  // The connection goes with it at once: the file itself would first wait for what is being read for it.
  const breakOff = (reason: string): void => {
    core.log.info({ reason, file: name }, 'an export is broken off');
    file.destroy();
    reply.raw.destroy();
  };
  const check = async (): Promise<void> => {
    if (!(await stillMay())) breakOff('the credential is no longer valid');
  };
  const again = (): void => void check().catch((error: Error) => breakOff(`the credential cannot be checked: ${error.message}`));
  const timer = setInterval(again, core.config.revocationCheckSeconds * 1000);
  reply.raw.once('close', () => clearInterval(timer));
  return reply.type(type).header('content-disposition', `attachment; filename="${name}"`).header('cache-control', 'no-store').send(file);
}
