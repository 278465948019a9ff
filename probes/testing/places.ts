import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { DnsServer } from '../dns/testing/dns-server.js';
import { WebServer } from '../http/testing/web-server.js';
import { LabAuthority } from '../lab/certificate.js';
import { Reflector } from '../reflector/reflector.js';
import { hasIpv6Loopback } from './ipv6-loopback.js';

const KEY = 'a-key-of-this-test-alone';
const V4 = '127.0.0.1';

/** Where the servers listen that the probes measure in tests, and what opens their doors. */
export interface Ports {
  readonly trust: string;
  readonly reflectorKey: string;
  readonly reflector: number;
  /** Takes what it is sent. */
  readonly sink: number;
  readonly dns: Readonly<Record<'udp' | 'tcp' | 'tls' | 'https' | 'https1', number>>;
  readonly web: Readonly<Record<'plain' | 'secure' | 'http2', number>>;
  /** The same at ::1; 0 where this host has none. */
  readonly v6: Readonly<Record<'sink' | 'udp' | 'tcp' | 'tls' | 'https' | 'plain' | 'secure' | 'http2', number>>;
}

const NO_V6: Ports['v6'] = { sink: 0, udp: 0, tcp: 0, tls: 0, https: 0, plain: 0, secure: 0, http2: 0 };

/** A name to which the servers give no answer. */
export const SILENT_NAME = 'silent.example.test';

/** Servers on loopback for every one of our probes. */
export class Places {
  private constructor(
    readonly ports: Ports,
    /** Lets the servers forget what they were asked. */
    readonly forget: () => void,
    readonly close: () => Promise<void>,
  ) {}

  static async open(): Promise<Places> {
    const dns = new DnsServer((name) =>
      name === SILENT_NAME ? undefined : { answers: [{ type: 'A', name, ttl: 60, data: '192.0.2.1' }] },
    );
    const web = new WebServer();
    const authority = await LabAuthority.create();
    const key = await authority.issue({ names: ['localhost', V4, '::1'] });
    const sinks = [await openSink(V4)];
    const reflector = Reflector.open({ address: V4, port: 0, key: KEY }, (message) => process.stderr.write(`${message}\n`));
    const openV6 = async (): Promise<Ports['v6']> => {
      const sink = await openSink('::1');
      sinks.push(sink);
      return {
        ...{ sink: sink.port, udp: await dns.udp('::1'), tcp: await dns.tcp('::1') },
        ...{ tls: await dns.tls(key, '::1'), https: await dns.https(key, '::1') },
        ...{ plain: await web.plain('::1'), secure: await web.https(key, '::1'), http2: await web.http2(key, '::1') },
      };
    };
    const ports: Ports = {
      ...{ trust: authority.pem, reflectorKey: KEY, reflector: reflector.port, sink: sinks[0]?.port ?? 0 },
      dns: {
        ...{ udp: await dns.udp(), tcp: await dns.tcp() },
        ...{ tls: await dns.tls(key), https: await dns.https(key), https1: await dns.https1(key) },
      },
      web: { plain: await web.plain(), secure: await web.https(key), http2: await web.http2(key) },
      v6: hasIpv6Loopback ? await openV6() : NO_V6,
    };
    const forget = (): void => {
      dns.asked.length = 0;
      web.seen.length = 0;
    };
    const close = async (): Promise<void> => {
      await reflector.close();
      dns.close();
      web.close();
      await Promise.all(sinks.map((sink) => sink.close()));
    };
    return new Places(ports, forget, close);
  }
}

interface Sink {
  readonly port: number;
  close(): Promise<void>;
}

async function openSink(host: string): Promise<Sink> {
  const server = createServer((socket) => socket.on('error', () => socket.destroy()).resume()).listen(0, host);
  await once(server, 'listening');
  const close = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
  return { port: (server.address() as AddressInfo).port, close };
}
