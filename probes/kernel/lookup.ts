import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { ProbeFailure } from '../sdk/error.js';

/** Which family of addresses is wanted. */
export type Family = 'auto' | '4' | '6';

/** An address and how it was found. */
export interface Resolved {
  readonly address: string;
  readonly family: 4 | 6;
  /** The name that was looked up; undefined where the target was an address already. */
  readonly resolvedFrom?: string;
}

const CAUSES: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the name is unknown to this host’s resolver; check its spelling',
  ENODATA: 'the name has no address of this family',
  EAI_AGAIN: 'this host’s resolver did not answer; check /etc/resolv.conf and the way to the name server',
  EAI_FAIL: 'this host’s resolver answered with a failure',
  ESERVFAIL: 'the name server answered with a failure (SERVFAIL)',
};

/** An address, with the interface that it is on where it has a scope (RFC 4007 11; names as in netdevice(7)). */
const SCOPED = /^[^%]+(%[A-Za-z0-9_.-]{1,15})?$/;

/**
 * The address of a target's host, by this host's own resolver (getaddrinfo(3), so /etc/hosts counts too).
 *
 * @throws ProbeFailure DNS_FAILURE with its cause; BAD_SETTINGS where an address is of the other family, or its scope cannot be an interface.
 */
export async function resolveHost(host: string, family: Family, signal: AbortSignal): Promise<Resolved> {
  const address = addressItself(host);
  if (address) return ofWantedFamily(address, family);
  const wanted = lookup(host, { family: family === 'auto' ? 0 : Number(family) });
  return resolvedFrom(host, await named(wanted, host, family, signal));
}

/** All addresses of a target's host, of both families, in the order in which this host's resolver prefers them (RFC 6724). @throws ProbeFailure as `resolveHost` */
export async function resolveAll(host: string, signal: AbortSignal): Promise<Resolved[]> {
  const address = addressItself(host);
  if (address) return [address];
  const all = await named(lookup(host, { all: true, verbatim: true }), host, 'auto', signal);
  return all.map((found) => resolvedFrom(host, found));
}

/** The host where it is an address already; undefined for a name. @throws ProbeFailure BAD_SETTINGS where its scope cannot be an interface */
function addressItself(host: string): Resolved | undefined {
  const known = isIP(host.split('%')[0] ?? '');
  if (known === 0) return undefined;
  if (!SCOPED.test(host) || (known === 4 && host.includes('%')))
    throw new ProbeFailure(
      'BAD_SETTINGS',
      `target: what follows the % in "${host}" must be the name of an interface, after an IPv6 address`,
    );
  return { address: host, family: known === 4 ? 4 : 6 };
}

function resolvedFrom(host: string, { address, family }: { readonly address: string; readonly family: number }): Resolved {
  return { address, family: family === 6 ? 6 : 4, resolvedFrom: host };
}

/** What the resolver answers, in time. @throws ProbeFailure DNS_FAILURE, TIMEOUT */
function named<T>(asked: Promise<T>, host: string, family: Family, signal: AbortSignal): Promise<T> {
  return beforeAbort(asked, signal).catch((error: unknown) => {
    throw asFailure(error, host, family);
  });
}

/**
 * Has this host's resolver ready, so that what wakes and loads it is in no figure: asks it for a name that it knows by itself. Whether it does is of no interest.
 */
export async function rouseResolver(signal: AbortSignal): Promise<void> {
  await beforeAbort(lookup('localhost', { family: 4 }), signal).catch(() => undefined);
}

/** The address itself where it is of the wanted family. @throws ProbeFailure BAD_SETTINGS */
export function ofWantedFamily(resolved: Resolved, family: Family): Resolved {
  if (family === 'auto' || Number(family) === resolved.family) return resolved;
  throw new ProbeFailure(
    'BAD_SETTINGS',
    `family: ${resolved.address} is an IPv${resolved.family} address, but the settings ask for IPv${family}`,
  );
}

function asFailure(error: unknown, host: string, family: Family): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === undefined || error instanceof ProbeFailure) return error;
  const ofFamily = family === 'auto' ? '' : ` (IPv${family})`;
  return new ProbeFailure('DNS_FAILURE', `"${host}"${ofFamily} could not be resolved: ${CAUSES[code] ?? code}`, { cause: error });
}

/** getaddrinfo cannot be interrupted: its answer is not waited for any longer. */
function beforeAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(new ProbeFailure('TIMEOUT', 'the name was not resolved before the deadline'));
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
