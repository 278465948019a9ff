import { isIP, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { TLSSocket } from 'node:tls';
import { openTcp, openTls, type Connected, type Patience } from '../kernel/connect.js';
import { secureContextOf } from '../kernel/secure-context.js';
import { resolveAll, resolveHost, rouseResolver, type Resolved } from '../kernel/lookup.js';
import { meetNeighbour } from '../kernel/neighbour.js';
import { ProbeFailure } from '../sdk/error.js';
import { shownBy, type Shown } from './certificate.js';
import type { Answer, Limits, Requester } from './exchange.js';
import { Http1 } from './http1.js';
import { Http2 } from './http2.js';
import type { Message } from './plan.js';
import { inTurn, race, type RaceAttempt } from './race.js';
import type { HttpSettings } from './settings.js';

/** What a visit to one URL on a new connection found, as far as it came; times in ms. */
export interface Visit {
  readonly url: URL;
  readonly beginAt: number;
  readonly resolved?: Resolved;
  /** Where they race: all addresses in the order in which they are tried, and how they fared. */
  readonly addresses?: readonly Resolved[];
  readonly raced?: readonly RaceAttempt[];
  /** Undefined where the host is an address. */
  readonly dnsMs?: number;
  readonly connected?: Connected;
  /** The server's certificate, judged. */
  readonly shown?: Shown;
  readonly resumed?: boolean;
  readonly version?: string;
  readonly answer?: Answer;
  readonly failure?: ProbeFailure;
}

/** What is offered to the server (ALPN), by the version that is wanted. */
const PROTOCOLS: Readonly<Record<HttpSettings['version'], string[]>> = { auto: ['h2', 'http/1.1'], '1.1': ['http/1.1'], '2': ['h2'] };

type Found = { -readonly [K in keyof Visit]: Visit[K] };

/** What every visit of a run shares. */
export interface Visitor {
  readonly settings: HttpSettings;
  /** Host of the first URL: the one that `serverName` is for. */
  readonly firstHost: string;
  readonly seed: string;
  readonly signal: AbortSignal;
}

/** A visit with its connection still open, for more requests. */
export interface OpenVisit {
  readonly visit: Visit;
  readonly requester?: Requester;
}

/** Resolves, warms up where it is to, connects, sets TLS up, asks: each phase timed by itself. Never rejects for what the network does. */
export async function visit(visitor: Visitor, url: URL, message: Message, warmUp: boolean): Promise<OpenVisit> {
  // Made before the clock starts: it is this host's work, once, and no time of the network or the server.
  if (url.protocol === 'https:') secureContextOf({ trust: visitor.settings.trust });
  const found: Found = { url, beginAt: performance.now() };
  let socket: Socket | undefined;
  try {
    await resolve(visitor, url, found);
    if (warmUp) await uncounted(found, () => meet(visitor, found));
    const connected = await connect(visitor, url, found);
    socket = connected.socket;
    const requester = requesterOn(connected, url);
    found.version = requester.version;
    const outcome = await requester.send(url, message, limitsOf(visitor));
    if (outcome instanceof ProbeFailure) found.failure = outcome;
    else Object.assign(found, { answer: outcome, failure: outcome.cut });
    return { visit: found, requester };
  } catch (error) {
    socket?.destroy();
    found.connected?.socket.destroy();
    if (!(error instanceof ProbeFailure)) throw error;
    return { visit: { ...found, failure: error } };
  }
}

async function resolve({ settings, signal }: Visitor, url: URL, found: Found): Promise<void> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) === 0) await uncounted(found, () => rouseResolver(signal));
  const begin = performance.now();
  if (settings.family === 'race') found.addresses = inTurn(await resolveAll(host, signal));
  else found.resolved = await resolveHost(host, settings.family, signal);
  const now = performance.now();
  if (isIP(host) === 0) found.dnsMs = now - begin;
  // An address needed no look-up: what reading it took is no time of the network.
  else found.beginAt = now;
}

/** Where addresses race, the way to each family's first is warmed up. */
async function meet({ signal }: Visitor, { resolved, addresses = [] }: Found): Promise<void> {
  const first = ([4, 6] as const).map((wanted) => addresses.find(({ family }) => family === wanted));
  for (const each of [resolved, ...first]) if (each) await meetNeighbour(each, 0, signal);
}

/** Does what is to be in no figure: the visit counts as begun later by what it took. */
async function uncounted<T>(found: Found, work: () => Promise<T>): Promise<T> {
  const begin = performance.now();
  const result = await work();
  found.beginAt += performance.now() - begin;
  return result;
}

async function connect(visitor: Visitor, url: URL, found: Found): Promise<Connected> {
  const { settings, seed, signal } = visitor;
  const patience = { timeoutMs: settings.timeoutMs, signal };
  const flow = { port: portOf(url), seed: `${seed} ${url.host}` };
  const fastest = found.addresses && (await fastestOf(found, found.addresses, flow, patience));
  const { address, family } = found.resolved ?? { address: '', family: 4 as const };
  const way: Way = { url, to: { address, family, ...flow }, name: serverNameOf(visitor, url), patience };
  const wantsEarlier = settings.resume && url.protocol === 'https:';
  const earlier = wantsEarlier ? await uncounted(found, () => earlierSession(visitor, way)) : undefined;
  const below = fastest ?? (await openTcp(way.to, patience));
  found.connected = below;
  if (url.protocol === 'https:') return secured(visitor, way, found, { below, earlier });
  if (settings.version === '2') throw new ProbeFailure('BAD_SETTINGS', 'version: HTTP/2 needs https; the target is http');
  return below;
}

/** Where a connection leads, and how long it may take. */
interface Way {
  readonly url: URL;
  readonly to: { readonly address: string; readonly family: 4 | 6; readonly port: number; readonly seed: string };
  /** What the server is asked for, and its certificate is judged by. */
  readonly name: string;
  readonly patience: Patience;
}

function serverNameOf({ settings, firstHost }: Visitor, url: URL): string {
  // Of a name that ends with a dot the dot is no part of the server's name (RFC 6066 3).
  const own = url.hostname.replace(/^\[|\]$|\.$/g, '');
  return url.hostname === firstHost ? (settings.serverName ?? own) : own;
}

/** Sets TLS up on a connection. @throws ProbeFailure where that fails, where the certificate does not hold, or the server does not speak what is wanted */
async function secured(
  { settings }: Visitor,
  { url, to, name, patience }: Way,
  found: Found,
  { below, earlier }: { readonly below: Connected; readonly earlier: Earlier | undefined },
): Promise<Connected> {
  const { version, trust } = settings;
  // Unverified here, judged below: a certificate that does not hold is to be seen all the same.
  const asked = { name, verify: false, protocols: PROTOCOLS[version], session: earlier?.session, trust };
  const secure = await openTls(below, to, asked, patience);
  found.connected = secure;
  found.resumed = secure.socket.isSessionReused();
  // In a resumed session the server shows no certificate: what counts is the one that the session was set up with.
  found.shown = found.resumed ? earlier?.shown : shownBy(secure.socket, name);
  judge(settings, url, found.shown);
  if (version === '2' && secure.socket.alpnProtocol !== 'h2')
    throw new ProbeFailure('PROTOCOL', `${url.host}: the server does not speak HTTP/2`);
  return secure;
}

async function fastestOf(
  found: Found,
  addresses: readonly Resolved[],
  flow: { readonly port: number; readonly seed: string },
  patience: Patience,
): Promise<Connected> {
  const { winner, connected, attempts } = await race(addresses, flow, patience);
  Object.assign(found, { resolved: winner, raced: attempts, connected });
  return connected;
}

/** @throws ProbeFailure where nothing is to be asked of a server that shows this */
function judge({ verify }: HttpSettings, url: URL, shown: Shown | undefined): void {
  if (verify && shown?.problem !== undefined)
    throw new ProbeFailure('TLS_FAILURE', `${url.host}: the certificate does not hold: ${shown.problem}`);
}

/** A session to be resumed, and the certificate that the server showed in it. */
interface Earlier {
  readonly session: Buffer | undefined;
  readonly shown: Shown | undefined;
}

/** The session of a connection made just before; one whose certificate does not hold is left to the visit itself, which tells of it. */
async function earlierSession({ settings, signal }: Visitor, { url, to, name, patience }: Way): Promise<Earlier | undefined> {
  // From any port: its own is the visit's.
  const there = { address: to.address, family: to.family, port: to.port };
  const below = await openTcp(there, patience);
  const asked = { name, verify: false, protocols: PROTOCOLS[settings.version], trust: settings.trust };
  const secure = await openTls(below, there, asked, patience);
  const { socket } = secure;
  try {
    const shown = shownBy(socket, name);
    if (settings.verify && shown?.problem !== undefined) return undefined;
    // With TLS 1.3 tickets come after the handshake, with the first answer at the latest.
    const session = new Promise<Buffer>((settle) => socket.once('session', settle));
    const requester = requesterOn(secure, url);
    await requester.send(new URL('/', url), { method: 'HEAD', headers: {} }, limitsOf({ settings, signal }));
    requester.close();
    return { session: await Promise.race([session, Promise.resolve(socket.getSession())]), shown };
  } finally {
    socket.destroy();
  }
}

function requesterOn({ socket }: Connected, url: URL): Requester {
  const secure = 'alpnProtocol' in socket ? (socket as TLSSocket) : undefined;
  return secure?.alpnProtocol === 'h2' ? new Http2(url.origin, secure) : new Http1(socket);
}

/** Limits of one answer, by the settings. */
export function limitsOf({ settings, signal }: Pick<Visitor, 'settings' | 'signal'>): Limits {
  return { timeoutMs: settings.timeoutMs, maxBodyBytes: settings.maxBodyBytes, signal };
}

/** The port that a URL means. */
export function portOf({ port, protocol }: URL): number {
  return port !== '' ? Number(port) : protocol === 'https:' ? 443 : 80;
}
