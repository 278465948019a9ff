import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { performance } from 'node:perf_hooks';
import { checkServerIdentity, rootCertificates, type PeerCertificate, type TLSSocket } from 'node:tls';
import type { Json } from '../sdk/probe.js';

/** What a server's certificate says and whether it holds. */
export interface Certificate {
  /** Chain, time and name hold. */
  readonly valid: boolean;
  /** Why they do not. */
  readonly problem?: string;
  /** Days until the leaf expires; negative when it has. */
  readonly daysLeft?: number;
  /** How long this host takes to check the signatures of the chain and the name, ms. */
  readonly verifyMs?: number;
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

/** Reads and judges the certificate of a connection whose handshake is over; undefined where the server sent none. */
export function certificateOf(socket: TLSSocket, name: string): Certificate | undefined {
  const leaf = socket.getPeerCertificate(true);
  if (!('raw' in leaf)) return undefined;
  const problem = problemOf(socket, name, leaf);
  const chain = chainOf(leaf);
  return {
    valid: problem === undefined,
    ...(problem === undefined ? {} : { problem }),
    daysLeft: (Date.parse(leaf.valid_to) - Date.now()) / DAY_MS,
    verifyMs: timeToVerify(chain, name),
    details: {
      ...{ protocol: socket.getProtocol(), cipher: socket.getCipher().name, names: leaf.subjectaltname ?? '', problem },
      chain: chain.map((each) => ({
        subject: oneLine(each.subject),
        issuer: oneLine(each.issuer),
        validFrom: isoDate(each.validFrom),
        validTo: isoDate(each.validTo),
      })),
    },
  };
}

/** Node checks the name only where it ends unverified connections, which it does not here: the certificate is to be seen either way. */
function problemOf(socket: TLSSocket, name: string, leaf: PeerCertificate): string | undefined {
  const { authorizationError } = socket;
  const error = authorizationError ? codeOf(authorizationError) : undefined;
  const misnamed = checkServerIdentity(name, leaf);
  if (error !== undefined && error !== 'ERR_TLS_CERT_ALTNAME_INVALID') return PROBLEMS[error] ?? error;
  return misnamed ? `${PROBLEMS.ERR_TLS_CERT_ALTNAME_INVALID}: ${misnamed.message}` : undefined;
}

function codeOf(error: Error | string): string {
  return typeof error === 'string' ? error : ((error as NodeJS.ErrnoException).code ?? error.message);
}

function chainOf(leaf: ReturnType<TLSSocket['getPeerCertificate']>): X509Certificate[] {
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

let roots: ReadonlyMap<string, X509Certificate> | undefined;

/** The authorities that Node trusts, by subject; read once a thread. */
function rootBySubject(subject: string): X509Certificate | undefined {
  roots ??= new Map(rootCertificates.map((pem) => new X509Certificate(pem)).map((root) => [root.subject, root]));
  return roots.get(subject);
}

/** TLS libraries do not tell how long they checked: the same work again, signature by signature up to the authority, and the name. */
function timeToVerify(chain: readonly X509Certificate[], name: string): number | undefined {
  const last = chain.at(-1);
  if (!last) return undefined;
  const authority = rootBySubject(last.issuer);
  const begin = performance.now();
  for (const [index, certificate] of chain.entries()) {
    const issuer = chain[index + 1] ?? authority ?? certificate;
    certificate.verify(issuer.publicKey);
  }
  if (isIP(name) === 0) chain[0]?.checkHost(name);
  else chain[0]?.checkIP(name);
  return performance.now() - begin;
}

const oneLine = (name: string): string => name.replaceAll('\n', ', ');
const isoDate = (text: string): string => new Date(text).toISOString();
