import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command } from './lab/command.js';
import { Lab, labAvailability, needsLab } from './lab/index.js';
import type { ProbeRun } from './sdk/run.js';
import { hasIpv6Loopback } from './testing/ipv6-loopback.js';
import { asOrdinaryUser, whyNoOrdinaryUser } from './testing/ordinary-user.js';
import { Places } from './testing/places.js';
import { VARIANTS } from './testing/variants.js';

const lab = labAvailability();
const why = lab.available ? whyNoOrdinaryUser() : lab.reason;
const titled = (name: string): string => (lab.available && why !== undefined ? `${name} (skipped: ${why})` : needsLab(name));
const STAMPS = /kernel send and receive stamps/;
const MTU = 1_400;
const FAMILIES = ['v4', 'v6'] as const;
const EF = 46;

describe.skipIf(why !== undefined)(titled('an ordinary user with no capability, over a path'), () => {
  let net: Lab;
  beforeAll(async () => void (net = await Lab.chain(['client', 'r1', 'server'], [{}, { mtu: MTU }])));
  afterAll(() => net.close());

  /** Whether groups may have ping sockets (net.ipv4.ping_group_range, icmp(7)); on most hosts they may. */
  async function allowPingSockets(allowed: boolean): Promise<void> {
    const range = allowed ? '0 2147483647' : '1 0';
    expect(await net.run('client', 'sh', ['-c', `echo "${range}" > /proc/sys/net/ipv4/ping_group_range`])).toMatchObject({ code: 0 });
  }

  function measure(probe: string, target: string, settings: object = {}): Promise<ProbeRun> {
    return asOrdinaryUser((program, args) => net.run('client', program, args), probe, target, settings);
  }
  const at = (family: (typeof FAMILIES)[number], port: number): string =>
    family === 'v6' ? `[${net.server.v6}]:${port}` : `${net.server.v4}:${port}`;
  const addressesOf = ({ details }: ProbeRun): (string | undefined)[] =>
    (details as { hops: { addresses: { address: string }[] }[] }).hops.map(({ addresses }) => addresses[0]?.address);

  it.each(FAMILIES)('pings by a ping socket with the kernel’s stamps (%s)', async (family) => {
    await allowPingSockets(true);
    const run = await measure('ping', net.server[family], { count: 5, intervalMs: 5, dscp: EF });
    expect(run).toMatchObject({ status: 'OK', metrics: { 'ping.received': 5, 'ping.loss': 0, 'ping.reply_ttl': 63 } });
    expect(run.method).toMatch(/^ping socket/);
    expect(run.method).toMatch(STAMPS);
  });

  it.each(FAMILIES)('pings by TCP handshakes where ping sockets are not allowed, since no program may either (%s)', async (family) => {
    await allowPingSockets(false);
    const run = await measure('ping', at(family, 9), { count: 3, intervalMs: 5 });
    expect(run).toMatchObject({ status: 'OK', metrics: { 'ping.received': 3, 'ping.loss': 0 } });
    expect(run.method).toMatch(/TCP handshakes/);
    const wanted = await measure('ping', net.server[family], { method: 'icmp' });
    expect(wanted.error).toMatchObject({ code: 'PERMISSION', message: expect.stringContaining('ping_group_range') as string });
  });

  it.each(FAMILIES)('measures TCP by TCP_INFO, with a DSCP, and says what the tap would need (%s)', async (family) => {
    const port = await net.serveTcp('server', { kind: 'sink' });
    const capture = await net.capture('server');
    const run = await measure('tcp', at(family, port), { dscp: EF });
    const packets = await capture.stop();
    expect(run).toMatchObject({ status: 'OK', method: 'own socket, TCP_INFO', metrics: { 'tcp.ok': 1 } });
    expect(run.metrics['tcp.handshake.syn_ack']).toBeGreaterThan(0);
    expect(run.absent['tcp.handshake.ack']).toMatch(/no packet socket here \(EPERM\)/);
    const SYN = 2;
    const [syn] = packets.filter(({ direction, tcpFlags = 0 }) => direction === 'in' && (tcpFlags & SYN) !== 0);
    expect(syn).toMatchObject({ tos: EF << 2 });
  });

  it.each(FAMILIES)('finds the path MTU by UDP and by a ping socket (%s)', async (family) => {
    await allowPingSockets(true);
    const port = await net.serveTcp('server', { kind: 'sink' });
    for (const method of ['udp', 'icmp']) {
      const run = await measure('mtu', at(family, port), { method });
      expect(run, method).toMatchObject({ status: 'OK', metrics: { 'mtu.path': MTU, 'mtu.blackhole': 0 } });
      expect(run.method, method).toMatch(method === 'udp' ? /^UDP/ : /^ICMP echo, ping socket/);
      expect(run.method, method).toMatch(/MSS by TCP_INFO/);
      expect(run.metrics['mtu.mss.received'] ?? run.absent['mtu.mss.received'], method).toBeDefined();
    }
  });

  it.each(FAMILIES)('traces by UDP and by a ping socket, and not by TCP (%s)', async (family) => {
    await allowPingSockets(true);
    for (const mode of ['udp', 'icmp']) {
      const run = await measure('traceroute', net.server[family], { mode, method: 'sockets' });
      expect(run.error, mode).toBeNull();
      expect(run.method, mode).toMatch(/error queue without privilege/);
      expect(addressesOf(run), mode).toEqual([net.host('r1')[family], net.server[family]]);
    }
    const byTcp = await measure('traceroute', net.server[family], { mode: 'tcp', method: 'sockets' });
    expect(byTcp.error).toMatchObject({ code: 'PERMISSION', message: expect.stringMatching(/needs raw sockets/) as string });
    await allowPingSockets(false);
    expect((await measure('traceroute', net.server[family], { mode: 'icmp', method: 'sockets' })).error?.code).toBe('PERMISSION');
    expect((await measure('traceroute', net.server[family], { mode: 'udp', method: 'sockets' })).error).toBeNull();
  });
});

describe.skipIf(why !== undefined)(titled('an ordinary user with no capability, on loopback'), () => {
  let places: Places;
  beforeAll(async () => void (places = await Places.open()));
  afterAll(() => places.close());

  it.each(
    [
      ...['dns', 'dns over IPv6', 'dns by TCP', 'dns by TLS', 'dns by HTTPS'],
      ...['http', 'http over IPv6', 'http over TLS', 'http of version 2'],
    ].filter((name) => hasIpv6Loopback || !name.includes('IPv6')),
  )('measures %s as root does', async (name) => {
    const variant = VARIANTS[name];
    if (!variant) throw new Error(`there is no way of measuring "${name}"`);
    const { probe, target, settings } = variant.order(places.ports);
    const run = await asOrdinaryUser(command, probe, target, settings);
    expect(run).toMatchObject({ status: 'OK', error: null });
    if (name === 'dns' || name === 'dns over IPv6') expect(run.method).toMatch(STAMPS);
  });
});
