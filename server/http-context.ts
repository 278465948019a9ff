import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ServerConfig } from './config.js';
import type { Context, CookieJar } from './context.js';
import { developerCredential } from './development.js';
import { forbidden } from './errors.js';
import { NOBODY } from './identity.js';
import { createContext, type Core } from './operations.js';
import { isSameOrigin } from './origin.js';
import { bearerCredential, sessionCredential, type Credential } from './services/authentication.js';

export const SESSION_COOKIE = 'streamswarm_session';

/** With it a page says that it asks by itself, and nobody has touched it for a while: such a request does not keep a session from being idle. */
const UNATTENDED_HEADER = 'x-streamswarm-unattended';

/** The credential of a request: a Bearer secret beats a cookie, even when it is wrong. @throws ApiError FORBIDDEN for a cookie that another site's page makes the browser send */
export function credentialOf(config: ServerConfig, request: FastifyRequest): Credential | null {
  const { authorization } = request.headers;
  if (authorization !== undefined) return bearerCredential(authorization);
  const developer = developerCredential(config, request.raw);
  const secret = request.cookies[SESSION_COOKIE];
  if (developer || secret === undefined) return developer;
  if (!isSameOrigin(config, request.raw)) throw forbidden('The session cookie counts for pages of this server only.');
  return sessionCredential(secret);
}

/** As above, and a refusal is remembered. */
async function grantedCredential(core: Core, request: FastifyRequest): Promise<Credential | null> {
  try {
    return credentialOf(core.config, request);
  } catch (error) {
    const from = { em: core.orm.em.fork(), identity: NOBODY, remoteAddress: request.ip };
    await core.services.refusals.note(from, { action: 'denied', subject: 'a session cookie', details: { origin: request.headers.origin } });
    throw error;
  }
}

function cookieJar(request: FastifyRequest, reply: FastifyReply, config: ServerConfig): CookieJar {
  const secure = request.protocol === 'https' || config.publicUrl?.startsWith('https:') === true;
  const options = { httpOnly: true, sameSite: 'strict', path: '/', secure } as const;
  return {
    setSession: (secret, expires) => void reply.setCookie(SESSION_COOKIE, secret, { ...options, expires }),
    clearSession: () => void reply.clearCookie(SESSION_COOKIE, options),
  };
}

/** The context of an operation over HTTP, before its body is read. @throws ApiError FORBIDDEN as above, RATE_LIMITED where too many unknown credentials come from this address */
export async function httpContext(core: Core, request: FastifyRequest, reply: FastifyReply): Promise<Context> {
  const receivedAt = new Date();
  const em = core.orm.em.fork();
  const credential = await grantedCredential(core, request);
  const isUse = !(UNATTENDED_HEADER in request.headers);
  const identify = (known: Credential) => core.services.authentication.identify(em, known, isUse);
  const identity = credential && (await core.services.arrivals.prove(request.ip, credential, () => identify(credential)));
  return createContext(core, {
    em,
    receivedAt,
    identity: identity ?? NOBODY,
    remoteAddress: request.ip,
    clientHasGone: () => reply.raw.destroyed,
    userAgent: request.headers['user-agent'],
    cookies: cookieJar(request, reply, core.config),
  });
}
