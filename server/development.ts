import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { ServerConfig } from './config.js';
import type { Credential } from './services/authentication.js';

/** What proxies and tunnels add: a request that was passed on did not come from this machine. */
const FORWARDED = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'cf-connecting-ip'];

/** Whether an address or a name means this machine and no other: 127.0.0.0/8, ::1, localhost. */
export function isLoopback(host: string): boolean {
  const bare = host.toLowerCase().replace(/^\[|\]$/g, '').replace(/^::ffff:/, ''); // prettier-ignore
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
}

/** Development without login is for one machine that nobody else reaches. @throws Error that says what would be right */
export function requireDevelopmentAtHome(
  config: Pick<ServerConfig, 'host' | 'publicUrl' | 'trustProxy'>,
  nodeEnv: string | undefined,
): void {
  const refuse = (why: string): never => {
    throw new Error(`--dev-without-login makes everyone on this machine an administrator; ${why} Or leave it out, and sign in.`);
  };
  if (nodeEnv === 'production')
    refuse('it never works with NODE_ENV=production, which is what runs where nothing is said: set NODE_ENV=development.');
  if (!isLoopback(config.host)) refuse(`it works on loopback alone: use --host 127.0.0.1 instead of ${config.host}.`);
  if (config.trustProxy) refuse('behind a proxy others get in: leave out --trust-proxy.');
  if (config.publicUrl !== undefined && !isLoopback(new URL(config.publicUrl).hostname)) {
    refuse(`a public address invites others: leave out --public-url ${config.publicUrl}.`);
  }
}

/**
 * The credential of whoever is at this machine, in development without login; null everywhere else.
 * Host and Origin are looked at too: a page of another site, or a name that was pointed at 127.0.0.1, sends the browser here as well.
 */
export function developerCredential(config: ServerConfig, request: IncomingMessage): Credential | null {
  return config.devWithoutLogin && isDirectFromHome(request) ? { kind: 'developer', hash: '' } : null;
}

/** Whether a request comes from this machine, directly and meant for it: passed on by nobody, and from no page of another site. */
export function isDirectFromHome({ socket, headers }: IncomingMessage): boolean {
  if (!isLoopback(socket.remoteAddress ?? '') || FORWARDED.some((name) => headers[name] !== undefined)) return false;
  const { host, origin } = headers;
  if (host === undefined || !URL.canParse(`http://${host}`) || !isLoopback(new URL(`http://${host}`).hostname)) return false;
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}
