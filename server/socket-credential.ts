import type { IncomingMessage } from 'node:http';
import { fastifyCookie } from '@fastify/cookie';
import type { ServerConfig } from './config.js';
import { developerCredential } from './development.js';
import { SESSION_COOKIE } from './http-context.js';
import { isSameOrigin } from './origin.js';
import { bearerCredential, sessionCredential, type Credential } from './services/authentication.js';

/**
 * The credential of a socket: connectionParams.authorization beats the cookie, even when it is wrong.
 * A cookie counts only for a page of our own: browsers send it with sockets that any page opens.
 */
export function socketCredential(
  config: ServerConfig,
  request: IncomingMessage,
  params: Readonly<Record<string, unknown>> | undefined,
): Credential | null {
  const authorization = params?.authorization ?? request.headers.authorization;
  if (authorization !== undefined) return typeof authorization === 'string' ? bearerCredential(authorization) : null;
  const secret = fastifyCookie.parse(request.headers.cookie ?? '')[SESSION_COOKIE];
  const developer = developerCredential(config, request);
  if (developer) return developer;
  return secret !== undefined && isSameOrigin(config, request) ? sessionCredential(secret) : null;
}
