import type { IncomingMessage } from 'node:http';
import { fastifyCookie } from '@fastify/cookie';
import type { ServerConfig } from './config.js';
import { developerCredential } from './development.js';
import { SESSION_COOKIE } from './http-context.js';
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

/** Whether the page that opens the socket is ours; a client without an Origin is no page at all. */
function isSameOrigin(config: ServerConfig, request: IncomingMessage): boolean {
  const { origin } = request.headers;
  if (origin === undefined) return true;
  if (!URL.canParse(origin)) return false;
  const { host } = new URL(origin);
  if (config.publicUrl !== undefined && host === new URL(config.publicUrl).host) return true;
  const forwarded = config.trustProxy ? request.headers['x-forwarded-host'] : undefined;
  return host === (typeof forwarded === 'string' ? forwarded : request.headers.host);
}

/** The client's IP address; behind a trusted proxy the one that the proxy names. */
export function remoteAddressOf(config: ServerConfig, request: IncomingMessage): string {
  const forwarded = config.trustProxy ? request.headers['x-forwarded-for'] : undefined;
  const first = typeof forwarded === 'string' ? forwarded.split(',')[0]?.trim() : undefined;
  return first ?? request.socket.remoteAddress ?? 'unknown';
}
