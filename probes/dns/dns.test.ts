import { performance } from 'node:perf_hooks';
import packet from 'dns-packet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LabAuthority } from '../lab/certificate.js';
import { testProbe } from '../sdk/conformance.js';
import { runProbe, type ProbeRun } from '../sdk/run.js';
import { parseTarget } from '../sdk/target.js';
import dns from './index.js';
import { DnsServer, type Zone } from './testing/dns-server.js';

const A = (data: string, ttl = 300, name = 'www.example.test') => ({ type: 'A' as const, name, ttl, data });

const zone: Zone = (name, type, times) => {
  if (name === 'www.example.test' && type === 'AAAA') return { answers: [{ type: 'AAAA', name, ttl: 60, data: '2001:db8::1' }] };
  if (name === 'www.example.test') return { answers: [A('192.0.2.1'), A('192.0.2.2', 120)] };
  if (name === 'counting.example.test') return { answers: [A('192.0.2.3', 300 - times, name)] };
  if (name === 'own.example.test') return { answers: [A('192.0.2.4', 300, name)], flags: packet.AUTHORITATIVE_ANSWER };
  if (name === 'large.example.test') return { answers: [A('192.0.2.5', 300, name)], flags: packet.TRUNCATED_RESPONSE };
  if (name === 'broken.example.test') return { rcode: 2 };
  if (name === 'silent.example.test') return undefined;
  if (name === 'late.example.test') return times === 0 ? undefined : { answers: [A('192.0.2.6', 300, name)] };
  if (name === 'brief.example.test') return { answers: [A('192.0.2.7', 300, name)], thenClose: true };
  if (name === 'alias.example.test')
    return {
      answers: [{ type: 'CNAME', name, ttl: 3600 - times, data: 'host.example.test' }, A('192.0.2.8', 60, 'host.example.test')],
    };
  if (name === 'noise.example.test') return { raw: Buffer.from('this is no DNS message') };
  if (name === '1.2.0.192.in-addr.arpa') return { answers: [{ type: 'PTR', name, ttl: 60, data: 'www.example.test' }] };
  return { rcode: 3 };
};

const server = new DnsServer(zone);
let udp: number;
let udp6: number;
let tcp: number;
let tls: number;
let https: number;
let https1: number;
let stranger: number;
const CLOSED = 1;

beforeAll(async () => {
  const certificate = await (await LabAuthority.create()).issue({ names: ['127.0.0.1'] });
  udp = await server.udp();
  udp6 = await server.udp('::1');
  tcp = await server.tcp();
  tls = await server.tls(certificate);
  https = await server.https(certificate);
  https1 = await server.https1(certificate);
  stranger = await server.stranger();
});
afterAll(() => server.close());

async function ask(settings: object, target = 'www.example.test'): Promise<ProbeRun> {
  const signal = AbortSignal.timeout(20_000);
  const context = {
    target: parseTarget(target),
    signal,
    deadline: performance.now() + 20_000,
    seed: 'dns',
    cycle: { sendSlipsMs: [], receiveDrops: 0 },
  };
  return runProbe(dns, { server: `127.0.0.1:${udp}`, intervalMs: 0, timeoutMs: 3000, ...settings }, context);
}

testProbe(
  dns,
  {
    target: () => parseTarget(`127.0.0.1:${udp}`),
    settings: { name: 'www.example.test', count: 2, intervalMs: 1 },
    unreachable: { target: () => parseTarget(`127.0.0.1:${CLOSED}`) },
    slow: { target: () => parseTarget(`127.0.0.1:${udp}`), settings: { name: 'silent.example.test', timeoutMs: 3000 } },
    freeText: ['server', 'authority', 'tlsName', 'path'],
  },
  { describe, it },
);

describe('the dns probe over UDP', () => {
  it('refuses names that would make no packet: no DNS name, or one without room for a random label', async () => {
    const target = { kind: 'HOST', address: 'x', host: `${'x'.repeat(64)}.example` } as const;
    const context = {
      target,
      signal: AbortSignal.timeout(5_000),
      deadline: performance.now() + 5_000,
      seed: 'dns',
      cycle: { sendSlipsMs: [], receiveDrops: 0 },
    };
    const noName = await runProbe(dns, { server: `127.0.0.1:${udp}` }, context);
    expect(noName.error).toMatchObject({ code: 'BAD_SETTINGS', message: expect.stringContaining('no DNS name') as string });
    const long = [...Array<string>(4).fill('x'.repeat(60)), 'example'].join('.');
    expect((await ask({ name: long })).status).not.toBe('OK');
    expect((await ask({ name: long })).error?.code).not.toBe('BAD_SETTINGS');
    expect((await ask({ name: long, uncached: true })).error).toMatchObject({
      code: 'BAD_SETTINGS',
      message: expect.stringContaining('random label') as string,
    });
  });

  it('times each question, counts the records, and gives their smallest TTL', async () => {
    const run = await ask({ count: 3 });
    expect(run.status).toBe('OK');
    expect(run.metrics).toMatchObject({ 'dns.ok': 1, 'dns.rcode': 0, 'dns.answers': 2, 'dns.ttl': 120 });
    expect(run.distributions['dns.time']).toHaveLength(3);
    expect(run.metrics['dns.time']).toBeGreaterThan(0);
    expect(run.metrics['dns.time.cached']).toBeGreaterThan(0);
    expect(run.details).toMatchObject({ answers: [{ type: 'A', value: '192.0.2.1', ttl: 300 }, { value: '192.0.2.2' }] });
  });

  it.skipIf(process.platform !== 'linux')('has the kernel stamp both ways (skipped: the kernel layer is written for Linux)', async () => {
    expect((await ask({})).method).toContain('kernel send and receive stamps');
  });

  it('keeps its source port for a test, so that the flow keeps its way', async () => {
    const flows = [await ask({}), await ask({})].map(({ flow }) => flow as { sourcePort: number; destinationPort: number });
    expect(flows[0]?.sourcePort).toBe(flows[1]?.sourcePort);
    expect(flows[0]?.destinationPort).toBe(udp);
  });

  it("works by Node's own sockets and says so", async () => {
    const run = await ask({ method: 'node' });
    expect(run.status).toBe('OK');
    expect(run.method).toContain("Node's UDP socket");
  });

  it('asks over IPv6, for other types, and for the name of an address', async () => {
    const v6 = await ask({ server: `[::1]:${udp6}`, type: 'AAAA' });
    expect(v6.details).toMatchObject({ answers: [{ type: 'AAAA', value: '2001:db8::1' }] });
    expect(v6.flow).toMatchObject({ family: 6 });
    const reverse = await ask({ type: 'PTR' }, '192.0.2.1');
    expect(reverse.details).toMatchObject({ answers: [{ value: 'www.example.test' }] });
  });

  it('takes the target as the server where a name is set', async () => {
    const run = await ask({ server: undefined, name: 'www.example.test' }, `127.0.0.1:${udp}`);
    expect(run.status).toBe('OK');
    expect(run.details).toMatchObject({ server: { address: '127.0.0.1', port: udp, chosenBy: 'target' } });
  });

  it('asks for names that no cache can have, for which "no such name" is an answer', async () => {
    const before = server.asked.length;
    const run = await ask({ uncached: true, count: 2 });
    expect(run.metrics).toMatchObject({ 'dns.ok': 1, 'dns.rcode': 3, 'dns.answers': 0 });
    expect(run.absent['dns.ttl']).toContain('no record');
    const names = server.asked.slice(before);
    expect(new Set(names).size).toBe(2);
    expect(names.at(-1)).toBe(names.at(-2));
  });

  it('estimates from the authoritative TTL how many answers came from a cache', async () => {
    const authority = new DnsServer(() => ({
      answers: [A('192.0.2.3', 300, 'counting.example.test')],
      flags: packet.AUTHORITATIVE_ANSWER,
    }));
    try {
      const port = await authority.udp();
      const run = await ask({ count: 4, authority: `127.0.0.1:${port}` }, 'counting.example.test');
      expect(run.metrics['dns.cache_hit_ratio']).toBe(75);
      expect(run.details).toMatchObject({ authoritativeTtl: 300 });
    } finally {
      authority.close();
    }
  });

  it('compares records of the same name and type alone: what stands behind a CNAME has its own TTL', async () => {
    const authority = new DnsServer((name) => ({
      answers: [{ type: 'CNAME', name, ttl: 3600, data: 'host.example.test' }],
      flags: packet.AUTHORITATIVE_ANSWER,
    }));
    try {
      const port = await authority.udp();
      const run = await ask({ count: 4, authority: `127.0.0.1:${port}` }, 'alias.example.test');
      expect(run.metrics['dns.cache_hit_ratio']).toBe(75);
    } finally {
      authority.close();
    }
  });

  it.each([
    ['cannot be reached', '255.255.255.255'],
    ['refuses', `127.0.0.1:${CLOSED}`],
  ])('says nothing of the server when the authority %s', async (_, authority) => {
    const run = await ask({ authority });
    expect(run).toMatchObject({ status: 'OK', metrics: { 'dns.ok': 1, 'dns.answers': 2 } });
    expect(run.absent['dns.cache_hit_ratio']).toContain('the authoritative server did not tell the TTL: ');
  });

  it('refuses an authority that is no address before it asks anything', async () => {
    const before = server.asked.length;
    expect((await ask({ authority: 'ns1.example.test' })).error).toMatchObject({
      code: 'BAD_SETTINGS',
      message: expect.stringContaining('authority') as string,
    });
    expect(server.asked.length).toBe(before);
  });

  it('goes on after a packet was lost', async () => {
    const run = await ask({ count: 3, timeoutMs: 1000 }, 'late.example.test');
    expect(run).toMatchObject({ status: 'OK', metrics: { 'dns.ok': 1, 'dns.answers': 1 } });
    expect(run.distributions['dns.time']).toHaveLength(2);
    expect(run.details).toMatchObject({ queries: [{ error: { code: 'TIMEOUT' } }, { rcode: 'NOERROR' }, { rcode: 'NOERROR' }] });
  });

  it('asks the server by the IP version that is wanted', async () => {
    const byName = { server: undefined, name: 'www.example.test' };
    expect((await ask({ ...byName, family: '4' }, `localhost:${udp}`)).flow).toMatchObject({ family: 4, destination: '127.0.0.1' });
    expect((await ask({ family: '6' })).error).toMatchObject({
      code: 'BAD_SETTINGS',
      message: expect.stringContaining('family') as string,
    });
  });

  it('says why there is no estimate: nobody told the full TTL, or the server is the authority itself', async () => {
    expect((await ask({})).absent['dns.cache_hit_ratio']).toContain('authority');
    expect((await ask({}, 'own.example.test')).absent['dns.cache_hit_ratio']).toContain('authoritative for the name');
  });

  it('counts no records of an answer that was cut off', async () => {
    const run = await ask({}, 'large.example.test');
    expect(run.metrics['dns.answers']).toBeUndefined();
    expect(run.absent['dns.answers']).toContain('truncated');
  });

  it('asks for a cut-off answer again over TCP where its records are to be judged, and times what came over UDP', async () => {
    // One question, and the repeated one, come by UDP.
    const cutting = new DnsServer((name, _type, times) =>
      times < 2 ? { flags: packet.TRUNCATED_RESPONSE } : { answers: [A('192.0.2.5', 300, name)] },
    );
    try {
      const port = await cutting.tcp();
      await cutting.udp('127.0.0.1', port);
      const run = await ask({ server: `127.0.0.1:${port}`, count: 1, expect: ['192.0.2.5'] });
      expect(run).toMatchObject({ status: 'OK', metrics: { 'dns.ok': 1, 'dns.answers': 1, 'dns.ttl': 300 } });
      expect(run.distributions['dns.time']).toHaveLength(1);
      expect(run.details).toMatchObject({ queries: [{ truncated: true }], overTcp: { truncated: false } });
    } finally {
      cutting.close();
    }
  });

  it('does not call a cut-off answer wrong that it cannot read whole', async () => {
    const run = await ask({ expect: ['192.0.2.5'] }, 'large.example.test');
    expect(run.error).toMatchObject({ code: 'REFUSED', message: expect.stringContaining('truncated (TC)') as string });
  });
});

describe('what the dns probe says of failures', () => {
  it('a name that does not exist, and a server that cannot answer, with the code that came', async () => {
    const missing = await ask({}, 'missing.example.test');
    expect(missing.error).toMatchObject({ code: 'DNS_FAILURE', message: expect.stringContaining('NXDOMAIN') as string });
    expect(missing.metrics).toMatchObject({ 'dns.ok': 0, 'dns.rcode': 3 });
    const broken = await ask({}, 'broken.example.test');
    expect(broken.error).toMatchObject({ code: 'DNS_FAILURE', message: expect.stringContaining('SERVFAIL') as string });
    expect(broken.metrics['dns.time']).toBeGreaterThan(0);
  });

  it('silence is a timeout after two questions, and so is a packet that is no answer', async () => {
    for (const name of ['silent.example.test', 'noise.example.test']) {
      const run = await ask({ timeoutMs: 60 }, name);
      expect(run.error?.code, name).toBe('TIMEOUT');
      expect(run.metrics, name).toEqual({ 'dns.ok': 0 });
    }
    const before = server.asked.length;
    await ask({ timeoutMs: 60, count: 10 }, 'silent.example.test');
    expect(server.asked.slice(before)).toEqual(['silent.example.test', 'silent.example.test']);
  });

  it('a closed port is refused, by either kind of socket', async () => {
    for (const method of ['auto', 'node'])
      expect((await ask({ server: `127.0.0.1:${CLOSED}`, method })).error?.code, method).toBe('REFUSED');
  });

  it('an answer without what is expected fails the assertion and names it', async () => {
    const run = await ask({ expect: ['192.0.2.1', '192.0.2.99'] });
    expect(run.error).toMatchObject({ code: 'ASSERTION_FAILED', message: expect.stringContaining('192.0.2.99') as string });
    expect((await ask({ expect: ['192.0.2.1'] })).status).toBe('OK');
  });

  it('a server that is no address, and an address asked for its address, are settings that do not fit', async () => {
    expect((await ask({ server: 'resolver; reboot' })).error).toMatchObject({ code: 'BAD_SETTINGS' });
    expect((await ask({}, '192.0.2.1')).error).toMatchObject({ code: 'BAD_SETTINGS', message: expect.stringContaining('PTR') as string });
  });
});

describe('the dns probe over connections', () => {
  it('asks by TCP, TLS and HTTPS, in both versions of HTTP, several times over one connection', async () => {
    const ways = [
      { transport: 'tcp', port: tcp, says: 'TCP' },
      { transport: 'tls', port: tls, says: 'TLS' },
      { transport: 'https', port: https, says: 'HTTP/2' },
      { transport: 'https', port: https1, says: 'HTTP/1.1' },
    ];
    for (const { transport, port, says } of ways) {
      const run = await ask({ transport, server: `127.0.0.1:${port}`, verify: false, count: 3 });
      expect(run.error, says).toBeNull();
      expect(run.method).toContain(says);
      expect(run.distributions['dns.time'], says).toHaveLength(3);
      expect(run.metrics, says).toMatchObject({ 'dns.answers': 2, 'dns.rcode': 0 });
    }
  });

  it('opens a connection anew that the server closes after each answer, and says so', async () => {
    for (const [transport, port] of [
      ['tcp', tcp],
      ['tls', tls],
      ['https', https],
      ['https', https1],
    ] as const) {
      const run = await ask({ transport, server: `127.0.0.1:${port}`, verify: false, count: 3, intervalMs: 20 }, 'brief.example.test');
      expect(run.error, `${transport} ${port}`).toBeNull();
      expect(run.distributions['dns.time'], transport).toHaveLength(3);
      expect(run.details, transport).toMatchObject({ reopened: 3, repeated: { rcode: 'NOERROR' } });
    }
  });

  it('gives what the connection took apart from the questions', async () => {
    const run = await ask({ transport: 'tls', server: `127.0.0.1:${tls}`, verify: false });
    expect(run.details).toMatchObject({ setUp: { connectMs: expect.any(Number) as number, tlsMs: expect.any(Number) as number } });
  });

  it('refuses a certificate that nobody vouches for, unless told otherwise', async () => {
    const run = await ask({ transport: 'tls', server: `127.0.0.1:${tls}` });
    expect(run.error).toMatchObject({ code: 'TLS_FAILURE' });
  });

  it('tells a server that speaks no TLS, a web server without DNS, and a connection that ends', async () => {
    expect((await ask({ transport: 'tls', server: `127.0.0.1:${stranger}`, verify: false })).error?.code).toBe('TLS_FAILURE');
    expect((await ask({ transport: 'https', server: `127.0.0.1:${https}`, verify: false, path: '/elsewhere' })).error).toMatchObject({
      code: 'PROTOCOL',
      message: expect.stringContaining('404') as string,
    });
    expect((await ask({ transport: 'tcp', server: `127.0.0.1:${tcp}` }, 'silent.example.test')).error?.code).toBe('PROTOCOL');
    expect((await ask({ transport: 'tcp', server: `127.0.0.1:${CLOSED}` })).error?.code).toBe('REFUSED');
  });
});
