import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnsweringConfig } from '../lab/answering.js';
import { LabAuthority } from '../lab/certificate.js';
import { Lab, labAvailability, needsLab } from '../lab/index.js';

/** The next hop answers after a random part of this, in hundredths of a second (proxy_delay in arp(7)). */
const NEIGHBOUR_DELAY = 15;
const RUNS = 8;

describe.skipIf(!labAvailability().available)(needsLab('http to a host whose next hop takes its time to answer'), () => {
  let net: Lab;
  let port: number;
  beforeAll(async () => {
    net = await Lab.chain(['client', 'router', 'server'], [{}, {}]);
    await behindProxy();
    const web: AnsweringConfig = { kind: 'web', delayMs: 0, pauseMs: 0, bytes: 100 };
    ({ port } = await net.start('server', 'answering', web).next<{ port: number }>());
  });
  afterAll(() => net.close());

  /** The client takes the server for a neighbour, and the router answers in its place: late, as a proxy does. */
  async function behindProxy(): Promise<void> {
    const { left, right } = net.link(0);
    const settings = [
      `echo 1 > /proc/sys/net/ipv4/conf/${right.device}/proxy_arp`,
      `echo 1 > /proc/sys/net/ipv6/conf/${right.device}/proxy_ndp`,
      ...['ipv4', 'ipv6'].map((version) => `echo ${NEIGHBOUR_DELAY} > /proc/sys/net/${version}/neigh/${right.device}/proxy_delay`),
      `ip -6 neighbour add proxy ${net.server.v6} dev ${right.device}`,
    ];
    expect(await net.run('router', 'sh', ['-ec', settings.join('; ')])).toMatchObject({ code: 0 });
    const routes = [
      `ip route replace ${net.server.v4}/32 dev ${left.device}`,
      `ip -6 route replace ${net.server.v6}/128 dev ${left.device}`,
    ];
    expect(await net.run('client', 'sh', ['-ec', routes.join('; ')])).toMatchObject({ code: 0 });
  }

  /** How long connecting takes, each time to a neighbour that the client does not know any more, ms; sorted. */
  async function connectMs(family: 'v4' | 'v6', warmUp: boolean): Promise<number[]> {
    const host = family === 'v4' ? net.server.v4 : `[${net.server.v6}]`;
    const taken: number[] = [];
    for (let count = 0; count < RUNS; count += 1) {
      await net.run('client', 'ip', ['neighbour', 'flush', 'all']);
      const [result] = await net.runProbe('client', 'http', `http://${host}:${port}/`, { warmUp });
      expect(result?.run.error).toBeNull();
      taken.push(result?.run.metrics['http.tcp'] ?? NaN);
    }
    return taken.sort((one, other) => one - other);
  }

  it.each(['v4', 'v6'] as const)(
    'does not take finding it for the time of the connection, over %s',
    { timeout: 60_000 },
    async (family) => {
      const [cold, warm] = [await connectMs(family, false), await connectMs(family, true)];
      expect(cold.at(-1)).toBeGreaterThan(30);
      expect(warm[RUNS / 2]).toBeLessThan(10);
    },
  );
});

describe.skipIf(!labAvailability().available)(needsLab('http to a server far away'), () => {
  const BYTES = 2_000_000;
  const RTT_MS = 100;
  let net: Lab;
  beforeAll(async () => {
    const half = { delayMs: RTT_MS / 2 };
    net = await Lab.pair({ impairments: { forward: half, backward: half } });
  });
  afterAll(() => net.close());

  it('counts no round trip of the session that it set up to resume', { timeout: 60_000 }, async () => {
    const authority = await LabAuthority.create();
    const certificate = await authority.issue({ names: [net.server.v4] });
    const config: AnsweringConfig = { kind: 'web', delayMs: 0, pauseMs: 0, bytes: 100, certificate };
    const { port } = await net.start('server', 'answering', config).next<{ port: number }>();
    const settings = { resume: true, trust: authority.pem };
    const [result] = await net.runProbe('client', 'http', `https://${net.server.v4}:${port}/`, settings);
    expect(result?.run.metrics).toMatchObject({ 'http.ok': 1, 'http.tls.resumed': 1 });
    const phases = ['tcp', 'tls', 'ttfb', 'download'].map((phase) => result?.run.metrics[`http.${phase}`] ?? NaN);
    expect(result?.run.metrics['http.total']).toBeLessThan(phases.reduce((sum, ms) => sum + ms, 0) + RTT_MS);
  });

  it('downloads a large body by HTTP/2 about as fast as by HTTP/1.1: no window of our own slows it down', { timeout: 60_000 }, async () => {
    const authority = await LabAuthority.create();
    const certificate = await authority.issue({ names: [net.server.v4] });
    const config: AnsweringConfig = { kind: 'web', delayMs: 0, pauseMs: 0, bytes: BYTES, certificate, http2: true };
    const { port } = await net.start('server', 'answering', config).next<{ port: number }>();
    const downloadMs = async (version: '1.1' | '2'): Promise<number> => {
      const [result] = await net.runProbe('client', 'http', `https://${net.server.v4}:${port}/`, { version, trust: authority.pem });
      expect(result?.run.error).toBeNull();
      expect(result?.run.metrics['http.body']).toBe(BYTES);
      return result?.run.metrics['http.download'] ?? NaN;
    };
    // With HTTP/2's first window it would be 30 round trips; TCP's slow start takes eight or so.
    const roundTrips = { one: (await downloadMs('1.1')) / RTT_MS, two: (await downloadMs('2')) / RTT_MS };
    expect(roundTrips.two).toBeLessThan(roundTrips.one + 10);
  });
});
