import type { IncomingMessage } from 'node:http';
import type { ServerConfig } from './config.js';
import { clientHost, trustOf } from './proxies.js';

/**
 * Whether a request's page is ours; a client without an Origin is no page at all.
 * A cookie counts only for our own pages: browsers send it with what any page asks for, on the same site also with SameSite=Strict.
 */
export function isSameOrigin(config: Pick<ServerConfig, 'publicUrl' | 'trustProxy'>, request: IncomingMessage): boolean {
  const { origin } = request.headers;
  if (origin === undefined) return true;
  if (!URL.canParse(origin)) return false;
  const { host } = new URL(origin);
  if (config.publicUrl !== undefined && host === new URL(config.publicUrl).host) return true;
  return host === clientHost(trustOf(config.trustProxy), request);
}
