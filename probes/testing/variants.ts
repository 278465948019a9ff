import type { ProbeErrorCode } from '../sdk/error.js';
import { findTool } from '../sdk/command.js';
import { hasIpv6Loopback } from './ipv6-loopback.js';
import { SILENT_NAME, type Ports } from './places.js';

/** What a run of a probe is asked, so that it is short and reaches what it asks. */
export interface Order {
  readonly probe: string;
  readonly target: string;
  readonly settings: object;
  /** Runs under way at once. */
  readonly sideBySide?: number;
  /** The cause by which every run ends; left out: it measures all that there is. */
  readonly ends?: ProbeErrorCode;
}

/** A way of measuring that has code of its own. */
export interface Variant {
  /** Left out: nothing that a host may lack. */
  readonly needs?: Need;
  order(ports: Ports): Order;
}

const NEEDS = {
  'an IPv6 loopback': hasIpv6Loopback,
  'raw sockets': process.getuid?.() === 0,
  'the ping program': findTool('ping') !== undefined || findTool('fping') !== undefined,
  'the traceroute program': findTool('traceroute') !== undefined,
} as const;
type Need = keyof typeof NEEDS;

/** What a variant lacks on this host; undefined: nothing. */
export function lacking({ needs }: Variant): Need | undefined {
  return needs === undefined || NEEDS[needs] ? undefined : needs;
}

/** Far longer than anything takes on loopback: a run that waits so long has lost something. */
const PATIENCE_MS = 5_000;
/** Long enough for a connection on a busy machine, in runs that wait for what never comes. */
const IMPATIENCE_MS = 50;
/** Where a run waits most of its time. */
const MANY = 32;
/** Nobody listens there. */
const CLOSED = 1;

const V4 = '127.0.0.1';
const V6 = '::1';
const v6At = (port: number): string => `[${V6}]:${port}`;

const ping = (target: string, settings: object = {}): Order => ({
  ...{ probe: 'ping', target, sideBySide: MANY },
  settings: { count: 1, warmUp: false, timeoutMs: PATIENCE_MS, ...settings },
});
const tcp = (target: string, settings: object = {}): Order => ({
  ...{ probe: 'tcp', target },
  settings: { count: 1, ...settings },
});
const dns = (target: string, settings: object = {}): Order => ({
  ...{ probe: 'dns', target },
  settings: { name: 'www.example.test', count: 1, uncached: false, timeoutMs: PATIENCE_MS, ...settings },
});
const http = (target: string, settings: object = {}): Order => ({ probe: 'http', target, settings });
const mtu = (target: string, settings: object = {}): Order => ({
  ...{ probe: 'mtu', target },
  settings: { timeoutMs: PATIENCE_MS, attempts: 1, ...settings },
});
const traceroute = (target: string, settings: object = {}): Order => ({
  ...{ probe: 'traceroute', target },
  settings: { rounds: 1, timeoutMs: PATIENCE_MS, ...settings },
});

const unverified = { verify: false };
const silence = { name: SILENT_NAME, timeoutMs: IMPATIENCE_MS };

/** All ways of measuring that have code of their own; the usual one of a probe has its name. */
export const VARIANTS: Readonly<Record<string, Variant>> = {
  ping: { order: () => ping(V4) },
  'ping over IPv6': { needs: 'an IPv6 loopback', order: () => ping(V6) },
  'ping by TCP handshakes': { order: () => ping(`${V4}:${CLOSED}`, { method: 'tcp' }) },
  'ping by a program': { needs: 'the ping program', order: () => ({ ...ping(V4, { method: 'tool' }), sideBySide: 4 }) },
  tcp: { order: ({ sink }) => tcp(`${V4}:${sink}`) },
  'tcp over IPv6': { needs: 'an IPv6 loopback', order: ({ v6 }) => tcp(v6At(v6.sink)) },
  'tcp with a transfer': { order: ({ sink }) => tcp(`${V4}:${sink}`, { transfer: 'send', bytes: 10_000 }) },
  'tcp by Node’s events': { order: ({ sink }) => tcp(`${V4}:${sink}`, { method: 'node' }) },
  'tcp that is refused': { order: () => ({ ...tcp(`${V4}:${CLOSED}`), ends: 'REFUSED' }) },
  dns: { order: (ports) => dns(`${V4}:${ports.dns.udp}`) },
  'dns over IPv6': { needs: 'an IPv6 loopback', order: ({ v6 }) => dns(v6At(v6.udp)) },
  'dns by Node’s UDP': { order: (ports) => dns(`${V4}:${ports.dns.udp}`, { method: 'node' }) },
  'dns by TCP': { order: (ports) => dns(`${V4}:${ports.dns.tcp}`, { transport: 'tcp' }) },
  'dns by TCP over IPv6': { needs: 'an IPv6 loopback', order: ({ v6 }) => dns(v6At(v6.tcp), { transport: 'tcp' }) },
  'dns by TLS': { order: (ports) => dns(`${V4}:${ports.dns.tls}`, { transport: 'tls', ...unverified }) },
  'dns by TLS over IPv6': { needs: 'an IPv6 loopback', order: ({ v6 }) => dns(v6At(v6.tls), { transport: 'tls', ...unverified }) },
  'dns by HTTPS': { order: (ports) => dns(`${V4}:${ports.dns.https}`, { transport: 'https', ...unverified }) },
  'dns by HTTPS over IPv6': { needs: 'an IPv6 loopback', order: ({ v6 }) => dns(v6At(v6.https), { transport: 'https', ...unverified }) },
  'dns by HTTPS of version 1.1': { order: (ports) => dns(`${V4}:${ports.dns.https1}`, { transport: 'https', ...unverified }) },
  'dns without an answer': { order: (ports) => ({ ...dns(`${V4}:${ports.dns.udp}`, silence), sideBySide: MANY, ends: 'TIMEOUT' }) },
  'dns by HTTPS without an answer': {
    order: (ports) => ({
      ...dns(`${V4}:${ports.dns.https}`, { ...silence, timeoutMs: 500, transport: 'https', ...unverified }),
      ...{ sideBySide: MANY, ends: 'TIMEOUT' },
    }),
  },
  'dns by TLS of a stranger': { order: (ports) => ({ ...dns(`${V4}:${ports.dns.tls}`, { transport: 'tls' }), ends: 'TLS_FAILURE' }) },
  http: { order: ({ web }) => http(`http://${V4}:${web.plain}/`) },
  'http over IPv6': { needs: 'an IPv6 loopback', order: ({ v6 }) => http(`http://${v6At(v6.plain)}/`) },
  'http over TLS': { order: ({ web, trust }) => http(`https://${V4}:${web.secure}/`, { trust }) },
  'http over TLS and IPv6': { needs: 'an IPv6 loopback', order: ({ v6, trust }) => http(`https://${v6At(v6.secure)}/`, { trust }) },
  'http of version 2': { order: ({ web, trust }) => http(`https://${V4}:${web.http2}/`, { trust, version: '2' }) },
  'http of version 2 over IPv6': {
    needs: 'an IPv6 loopback',
    order: ({ v6, trust }) => http(`https://${v6At(v6.http2)}/`, { trust, version: '2' }),
  },
  'http that resumes TLS': { order: ({ web, trust }) => http(`https://${V4}:${web.secure}/`, { trust, resume: true }) },
  'http that races': { order: ({ web, trust }) => http(`https://localhost:${web.secure}/`, { trust, family: 'race' }) },
  'http by a redirection': { order: ({ web }) => http(`http://${V4}:${web.plain}/redirect?to=/end`) },
  'http that is refused': { order: () => ({ ...http(`http://${V4}:${CLOSED}/`), ends: 'REFUSED' }) },
  'http over TLS of a stranger': { order: ({ web }) => ({ ...http(`https://${V4}:${web.secure}/`), ends: 'TLS_FAILURE' }) },
  'http without an answer': {
    order: ({ web }) => ({ ...http(`http://${V4}:${web.plain}/slow`, { timeoutMs: 500 }), sideBySide: MANY, ends: 'TIMEOUT' }),
  },
  'http of version 2 without an answer': {
    order: ({ web, trust }) => ({
      ...http(`https://${V4}:${web.http2}/slow`, { trust, timeoutMs: 1_000 }),
      ...{ sideBySide: MANY, ends: 'TIMEOUT' },
    }),
  },
  mtu: { order: ({ sink }) => mtu(`${V4}:${sink}`) },
  'mtu over IPv6': { needs: 'an IPv6 loopback', order: ({ v6 }) => mtu(v6At(v6.sink)) },
  'mtu by UDP': { order: ({ sink }) => ({ ...mtu(`${V4}:${sink}`, { method: 'udp' }), sideBySide: 1 }) },
  // A reflector gives to 150 such runs at once.
  'mtu with the way back': {
    order: ({ reflector, reflectorKey }) => mtu(V4, { reflectorPort: reflector, reflectorKey, largestBytes: 1_500, mss: false }),
  },
  traceroute: { order: () => traceroute(V4) },
  'traceroute over IPv6': { needs: 'an IPv6 loopback', order: () => traceroute(V6) },
  'traceroute by UDP': { order: () => traceroute(V4, { mode: 'udp' }) },
  'traceroute by TCP': { needs: 'raw sockets', order: ({ sink }) => traceroute(V4, { mode: 'tcp', port: sink }) },
  'traceroute by a program': { needs: 'the traceroute program', order: () => traceroute(V4, { method: 'tool', mode: 'udp' }) },
  // A run waits until a rate can be made of its counters.
  system: { order: () => ({ probe: 'system', target: V4, settings: {}, sideBySide: MANY }) },
};

/** The usual way of a probe. @throws Error where it has none */
export function usualOrder(probe: string, ports: Ports): Order {
  const variant = VARIANTS[probe];
  if (!variant) throw new Error(`${probe} has no place to measure: give it one in testing/variants.ts`);
  return variant.order(ports);
}
