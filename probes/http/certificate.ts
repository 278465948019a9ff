import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { performance } from 'node:perf_hooks';
import { checkServerIdentity, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import type { Json } from '../sdk/probe.js';

/** What a server showed of itself in a handshake, and whether it holds: what has to be known before anything is asked of it. */
export interface Shown {
  /** What the certificate was to be good for. */
  readonly name: string;
  readonly leaf: DetailedPeerCertificate;
  /** Why chain, time or name do not hold; undefined where they do. */
  readonly problem?: string;
  readonly protocol: string | null;
  readonly cipher: string;
}

/** What a server's certificate says. */
export interface Certificate {
  /** Days until the leaf expires; negative when it has. */
  readonly daysLeft: number;
  /** How long this host takes to check the signatures of the chain and the name, ms. */
  readonly verifyMs: number;
  readonly details: Json;
}

const DAY_MS = 86_400_000;
/** A chain is a few certificates long; a longer one is somebody's mistake. */
const LONGEST_CHAIN = 10;

const PROBLEMS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'a certificate of the chain has expired: renew it',
  CERT_NOT_YET_VALID: 'a certificate of the chain is not valid yet: check the clocks',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is signed by itself: nobody vouches for it',
  SELF_SIGNED_CERT_IN_CHAIN: 'the chain ends in an authority that this host does not trust',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the server does not send the certificate between its own and an authority',
  UNABLE_TO_GET_ISSUER_CERT: 'a certificate of the chain is missing',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the chain ends in an authority that this host does not trust, or one of its certificates is missing',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another name',
};

/** Judges the certificate of a connection whose handshake is over; undefined where the server sent none. */
export function shownBy(socket: TLSSocket, name: string): Shown | undefined {
  const leaf = socket.getPeerCertificate(true);
  if (!('raw' in leaf)) return undefined;
  return { name, leaf, problem: problemOf(socket, name, leaf), protocol: socket.getProtocol(), cipher: socket.getCipher().name };
}

/** Node checks the name only where it ends unverified connections, which it does not here: the certificate is to be seen either way. */
function problemOf(socket: TLSSocket, name: string, leaf: DetailedPeerCertificate): string | undefined {
  const { authorizationError } = socket;
  const error = authorizationError ? codeOf(authorizationError) : undefined;
  const misnamed = checkServerIdentity(name, leaf);
  if (error !== undefined && error !== 'ERR_TLS_CERT_ALTNAME_INVALID') return PROBLEMS[error] ?? error;
  return misnamed ? `${PROBLEMS.ERR_TLS_CERT_ALTNAME_INVALID}: ${misnamed.message}` : undefined;
}

function codeOf(error: Error | string): string {
  return typeof error === 'string' ? error : ((error as NodeJS.ErrnoException).code ?? error.message);
}

/** Reads a certificate and its chain, and times checking them. This host's own work: to be done once all times of the network are taken. */
export function examine({ name, leaf, problem, protocol, cipher }: Shown): Certificate {
  const chain = chainOf(leaf);
  return {
    daysLeft: (Date.parse(leaf.valid_to) - Date.now()) / DAY_MS,
    verifyMs: timeToVerify(chain, name),
    details: {
      ...{ protocol, cipher, names: leaf.subjectaltname ?? '', problem },
      chain: chain.map((each) => ({
        subject: oneLine(each.subject),
        issuer: oneLine(each.issuer),
        validFrom: isoDate(each.validFrom),
        validTo: isoDate(each.validTo),
      })),
    },
  };
}

/** From the leaf up, as the server sent it; Node adds the authority at its end where this host trusts that one. */
function chainOf(leaf: DetailedPeerCertificate): X509Certificate[] {
  const chain: X509Certificate[] = [];
  let next: { raw: Buffer; issuerCertificate?: unknown } | undefined = leaf;
  while (next?.raw && chain.length < LONGEST_CHAIN) {
    const certificate = new X509Certificate(next.raw);
    // The authority at the end is its own issuer.
    if (chain.at(-1)?.fingerprint256 === certificate.fingerprint256) break;
    chain.push(certificate);
    next = next.issuerCertificate as typeof next;
  }
  return chain;
}

/** TLS libraries do not tell how long they checked: the same work again, signature by signature as far as the chain goes, and the name. */
function timeToVerify(chain: readonly X509Certificate[], name: string): number {
  const begin = performance.now();
  for (const [index, certificate] of chain.entries()) {
    const issuer = chain[index + 1] ?? certificate;
    certificate.verify(issuer.publicKey);
  }
  if (isIP(name) === 0) chain[0]?.checkHost(name);
  else chain[0]?.checkIP(name);
  return performance.now() - begin;
}

const oneLine = (name: string): string => name.replaceAll('\n', ', ');
const isoDate = (text: string): string => new Date(text).toISOString();
