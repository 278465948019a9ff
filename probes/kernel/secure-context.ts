import { createSecureContext, rootCertificates, type SecureContext, type SecureVersion } from 'node:tls';

/** What a client trusts and speaks. */
export interface TlsBasis {
  /** Certificates of authorities to trust beside the usual ones, PEM. */
  readonly trust?: string;
  readonly minVersion?: SecureVersion;
}

const MOST = 16;
const contexts = new Map<string, SecureContext>();

/**
 * What TLS connections are made from; made once for each basis. Reading all authorities takes this host 20 ms, which is no part of a handshake: who times
 * connections asks for it before the clock starts. What of `trust` is no PEM is passed over: whoever takes it from people checks it first.
 */
export function secureContextOf({ trust, minVersion }: TlsBasis): SecureContext {
  const key = `${minVersion ?? ''} ${trust ?? ''}`;
  const known = contexts.get(key);
  if (known) return known;
  const context = createSecureContext({ minVersion, ...(trust === undefined ? {} : { ca: [...rootCertificates, trust] }) });
  const [oldest] = contexts.keys();
  if (contexts.size >= MOST && oldest !== undefined) contexts.delete(oldest);
  contexts.set(key, context);
  return context;
}
