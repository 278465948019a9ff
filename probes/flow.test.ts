import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DnsServer } from './dns/testing/dns-server.js';
import { WebServer } from './http/testing/web-server.js';
import { kernelAvailability } from './kernel/libc.js';
import { FIRST_SOURCE_PORT, LAST_SOURCE_PORT } from './kernel/source-port.js';
import { LabChild } from './lab/child.js';
import type { LabProbeRun, ProbeRunnerConfig } from './lab/probe-runner.js';
import { loadProbe } from './registry.js';
import { contextFor } from './sdk/conformance/check.js';
import type { FlowIdentity } from './sdk/flow.js';
import { runProbe } from './sdk/run.js';
import { parseTarget } from './sdk/target.js';

const kernel = kernelAvailability();
const why = kernel.available ? '' : ` (skipped: ${kernel.reason})`;
const LOOPBACK = Object.entries(networkInterfaces()).find(([, entries]) => entries?.some(({ internal }) => internal))?.[0];

interface Ports {
  readonly tcp: number;
  readonly dns: number;
  readonly web: number;
}

const port = (server: Server): number => (server.address() as AddressInfo).port;
const ownPort = expect.toSatisfy((value: number) => value >= FIRST_SOURCE_PORT && value <= LAST_SOURCE_PORT) as number;
const anyId = expect.toSatisfy((value: number) => Number.isInteger(value) && value > 0 && value < 0x10000) as number;

/** What each probe is asked on loopback, and what its flow holds beside what all of them have. */
const TABLE: readonly (readonly [
  probe: string,
  target: (host: string, ports: Ports) => string,
  settings: object,
  own: (ports: Ports) => Partial<FlowIdentity>,
])[] = [
  ['ping', (host) => host.replace(/[[\]]/g, ''), { count: 1 }, () => ({ protocol: 'icmp', id: anyId, dscp: 46 })],
  ['mtu', (host) => host.replace(/[[\]]/g, ''), { timeoutMs: 200, mss: false }, () => ({ protocol: 'icmp', id: anyId, dscp: 46 })],
  [
    'mtu',
    (host) => host.replace(/[[\]]/g, ''),
    { timeoutMs: 200, attempts: 1, mss: false, method: 'udp', udpPort: 33434 },
    () => ({ protocol: 'udp', sourcePort: ownPort, destinationPort: 33434, dscp: 46 }),
  ],
  ['traceroute', (host) => host.replace(/[[\]]/g, ''), { timeoutMs: 200 }, () => ({ protocol: 'icmp', id: anyId, dscp: 46 })],
  [
    'traceroute',
    (host) => host.replace(/[[\]]/g, ''),
    { timeoutMs: 200, mode: 'udp' },
    () => ({ protocol: 'udp', sourcePort: ownPort, destinationPort: 33434, dscp: 46 }),
  ],
  [
    'traceroute',
    (host) => host.replace(/[[\]]/g, ''),
    { timeoutMs: 200, mode: 'tcp', port: 9 },
    () => ({ protocol: 'tcp', sourcePort: ownPort, destinationPort: 9, dscp: 46 }),
  ],
  ['tcp', (host, { tcp }) => `${host}:${tcp}`, {}, ({ tcp }) => ({ protocol: 'tcp', sourcePort: ownPort, destinationPort: tcp, dscp: 46 })],
  [
    'dns',
    (host, { dns }) => `${host}:${dns}`,
    { name: 'www.example.test', count: 1 },
    ({ dns }) => ({ protocol: 'udp', sourcePort: ownPort, destinationPort: dns, dscp: 0 }),
  ],
  [
    'http',
    (host, { web }) => `http://${host}:${web}/`,
    {},
    ({ web }) => ({ protocol: 'tcp', sourcePort: ownPort, destinationPort: web, dscp: 0 }),
  ],
];

describe.skipIf(!kernel.available)(`the flow of a run${why}`, () => {
  const sink = createServer((socket) => socket.on('error', () => socket.destroy()).resume());
  const dns = new DnsServer((name) => ({ answers: [{ type: 'A', name, ttl: 60, data: '192.0.2.1' }] }));
  const web = new WebServer();
  let v4: Ports;
  let v6: Ports;

  beforeAll(async () => {
    const dual = createServer((socket) => socket.on('error', () => socket.destroy()).resume());
    await once(sink.listen(0, '127.0.0.1'), 'listening');
    await once(dual.listen(0, '::1'), 'listening');
    sink.once('close', () => dual.close());
    v4 = { tcp: port(sink), dns: await dns.udp(), web: await web.plain() };
    v6 = { tcp: port(dual), dns: await dns.udp('::1'), web: await web.plain('::1') };
  });
  afterAll(() => {
    sink.close();
    dns.close();
    web.close();
  });

  async function flowOf(name: string, target: string, settings: object, seed = 'one'): Promise<unknown> {
    const probe = await loadProbe(name);
    const dscp = name === 'dns' || name === 'http' ? {} : { dscp: 46 };
    const given = { ...dscp, ...settings };
    const run = await runProbe(probe, given, await contextFor(probe, { target: () => parseTarget(target), settings: given }, { seed }));
    expect(run.error).toBeNull();
    return run.flow;
  }

  it.each(TABLE)('by %s holds addresses, ports or identifier, family, DSCP and interface (%#)', async (name, target, settings, own) => {
    const shared = { dscp: 0, interface: LOOPBACK };
    expect(await flowOf(name, target('127.0.0.1', v4), settings)).toStrictEqual({
      ...{ ...shared, family: 4, source: '127.0.0.1', destination: '127.0.0.1' },
      ...own(v4),
    });
    expect(await flowOf(name, target('[::1]', v6), settings)).toStrictEqual({
      ...{ ...shared, family: 6, source: '::1', destination: '::1' },
      ...own(v6),
    });
  });

  it.each(TABLE)('by %s says which name it was resolved from (%#)', async (name, target, settings) => {
    const family = name === 'dns' ? {} : { family: '4' };
    expect(await flowOf(name, target('localhost', v4), { ...settings, ...family })).toMatchObject({ resolvedFrom: 'localhost' });
  });

  it.each(TABLE)('by %s is the same in another process (%#)', async (name, target, settings) => {
    const config: ProbeRunnerConfig = {
      ...{ probe: name, target: target('127.0.0.1', v4), times: 1, blockLoop: false },
      // A DSCP that no other test has: pings of one kind share their identifier, and another test's process may hold it.
      settings: { ...settings, ...(name === 'ping' ? { dscp: 21 } : {}) },
    };
    const first = await inChild(config);
    expect(await inChild(config)).toEqual(first);
    expect(first).toMatchObject('id' in first ? { id: anyId } : { sourcePort: ownPort });
  });

  it('has the next port of its list where the first is taken, and says so', async () => {
    const usual = (await flowOf('dns', `127.0.0.1:${v4.dns}`, { name: 'www.example.test', count: 1 }, 'taken')) as FlowIdentity;
    const holder = createSocket('udp4');
    await new Promise<void>((resolve) => holder.bind(usual.sourcePort, '127.0.0.1', resolve));
    try {
      const other = (await flowOf('dns', `127.0.0.1:${v4.dns}`, { name: 'www.example.test', count: 1 }, 'taken')) as FlowIdentity;
      expect(other).toStrictEqual({ ...usual, sourcePort: ownPort });
      expect(other.sourcePort).not.toBe(usual.sourcePort);
    } finally {
      holder.close();
    }
  });
});

async function inChild(config: ProbeRunnerConfig): Promise<FlowIdentity> {
  const child = new LabChild('probe-runner', config);
  try {
    const { run } = await child.next<LabProbeRun>();
    expect(run.error).toBeNull();
    return run.flow as FlowIdentity;
  } finally {
    await child.stop();
  }
}
