import type { EntityManager } from './orm.js';
import type { Logger } from 'pino';
import { ApiError } from './errors.js';
import type { Identity } from './identity.js';
import type { ServerPubSub } from './pubsub.js';
import type { Services } from './services/index.js';

/** What only an operation over HTTP can do: give and take the session cookie. */
export interface CookieJar {
  setSession(secret: string, expiresAt: Date): void;
  clearSession(): void;
}

/** What each operation, and each event of a subscription, gets for itself. */
export interface Context {
  /** Forked for this operation: its identity map is nobody else's. */
  readonly em: EntityManager;
  /** Whoever signs in with this operation is signed in for the rest of it. */
  identity: Identity;
  readonly services: Services;
  readonly pubsub: ServerPubSub;
  /** IP address of the client; behind a trusted proxy the one that the proxy names. */
  readonly remoteAddress: string;
  /** The User-Agent header; undefined over WebSocket. */
  readonly userAgent?: string;
  /** Whether the connection that the answer would go to is closed. */
  readonly clientHasGone?: () => boolean;
  /** The body of the request as it was parsed, once it was read; undefined over WebSocket. */
  message?: object;
  /** When the operation arrived, before anything was looked up for it. */
  readonly receivedAt: Date;
  /** Undefined over WebSocket. */
  readonly cookies?: CookieJar;
  readonly log: Logger;
}

/** Gives the caller's session a new secret after what it may do has changed; over WebSocket, where no cookie can be set, it stays. */
export async function renewSession(context: Context): Promise<void> {
  const renewed = context.cookies && (await context.services.sessions.renew(context));
  if (renewed) context.cookies?.setSession(renewed.secret, renewed.expiresAt);
}

/** The cookie jar of the operation. @throws ApiError FORBIDDEN over WebSocket, where no cookie can be set. */
export function requireHttp(context: Context, operation: string): CookieJar {
  if (!context.cookies) throw new ApiError('FORBIDDEN', `${operation} works over HTTP only: a WebSocket cannot set the session cookie.`);
  return context.cookies;
}
