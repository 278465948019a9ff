import { isIP } from 'node:net';
import { ProbeFailure } from '../sdk/error.js';
import type { Target } from '../sdk/target.js';
import type { HttpSettings } from './settings.js';

/** The URL to begin with. @throws ProbeFailure BAD_SETTINGS where target and path make none */
export function firstUrl({ scheme, path }: HttpSettings, target: Target): URL {
  const host = isIP(target.host) === 6 ? `[${target.host}]` : target.host;
  const text = target.url ?? `${scheme}://${host}${target.port === undefined ? '' : `:${target.port}`}/`;
  const base = URL.canParse(text) ? new URL(text) : undefined;
  if (!base)
    throw new ProbeFailure('BAD_SETTINGS', `target: "${target.address}" makes no URL; an IPv6 address with a scope cannot stand in one`);
  // Joined as text: "//host" would be another host by the rules of URLs.
  return path === undefined ? base : new URL(`${base.origin}${path}`);
}

/** Where a redirection leads, or why it cannot be followed; undefined where the answer is none. */
export function redirection(from: URL, status: number, location: string | undefined): URL | ProbeFailure | undefined {
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return undefined;
  if (!URL.canParse(location, from)) return notFollowed(from, 'what is no URL');
  const to = new URL(location, from);
  to.hash = '';
  // No more of it is told than the scheme: the rest may be a secret, or a whole program.
  return to.protocol === 'http:' || to.protocol === 'https:' ? to : notFollowed(from, `a URL of the scheme ${to.protocol.slice(0, -1)}`);
}

function notFollowed({ host }: URL, where: string): ProbeFailure {
  const message = `${host}: redirects to ${where}, which cannot be followed (http and https can); with redirects 0 the redirection itself is the answer`;
  return new ProbeFailure('PROTOCOL', message);
}

/** What is sent: changes on the way through redirections. */
export interface Message {
  readonly method: HttpSettings['method'];
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The first request's message. */
export function firstMessage(settings: HttpSettings): Message {
  const { method, headers, authorization, secretHeaders, compression } = settings;
  const body = settings.body ?? settings.secretBody;
  const own: Record<string, string> = {
    'user-agent': 'StreamSwarm',
    accept: '*/*',
    'accept-encoding': compression ? 'gzip, deflate, br' : 'identity',
  };
  for (const [name, value] of Object.entries({ ...headers, ...secretHeaders })) own[name.toLowerCase()] = value;
  if (authorization !== undefined) own.authorization = authorization;
  return { method, headers: own, ...(body === undefined ? {} : { body }) };
}

/** What says something of a body, and is dropped with it (RFC 9110 15.4). */
const OF_BODIES = ['content-type', 'content-length', 'content-encoding', 'content-language', 'content-location', 'digest', 'last-modified'];

/**
 * The message after a redirection (RFC 9110 15.4): 303, and a POST of 301 or 302, go on as GET. Secrets never go to another origin: neither headers nor a
 * secret body, without which the request goes on; nor does a Host header, which names the origin before.
 */
export function redirectedMessage(message: Message, status: number, from: URL, to: URL, settings: HttpSettings): Message {
  const { secretHeaders = {}, secretBody } = settings;
  const leaves = from.origin !== to.origin;
  const becomesGet = (status === 303 && message.method !== 'HEAD') || ((status === 301 || status === 302) && message.method === 'POST');
  const dropsBody = becomesGet || (leaves && secretBody !== undefined);
  const dropped = new Set([
    ...(leaves ? ['host', 'authorization', 'cookie', ...Object.keys(secretHeaders).map((name) => name.toLowerCase())] : []),
    ...(dropsBody ? OF_BODIES : []),
  ]);
  const headers = Object.fromEntries(Object.entries(message.headers).filter(([name]) => !dropped.has(name)));
  const { body } = message;
  return { method: becomesGet ? 'GET' : message.method, headers, ...(dropsBody || body === undefined ? {} : { body }) };
}
