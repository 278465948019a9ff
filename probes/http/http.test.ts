import { performance } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LabAuthority } from '../lab/certificate.js';
import { testProbe } from '../sdk/conformance.js';
import { runProbe, type ProbeRun } from '../sdk/run.js';
import { parseTarget } from '../sdk/target.js';
import http from './index.js';
import { WebServer } from './testing/web-server.js';

const web = new WebServer();
const CLOSED = 1;
let trust: string;
let plain: number;
let plain6: number;
let secure: number;
let secure6: number;
let two: number;
let expired: number;
let misnamed: number;
let silent: number;
let nonsense: number;

beforeAll(async () => {
  const authority = await LabAuthority.create();
  trust = authority.pem;
  const names = ['localhost', '127.0.0.1', '::1'];
  const good = await authority.issue({ names, days: 30 });
  plain = await web.plain();
  plain6 = await web.plain('::1');
  secure = await web.https(good);
  secure6 = await web.https(good, '::1');
  two = await web.http2(good);
  expired = await web.https(await authority.issue({ names, days: -3 }));
  misnamed = await web.https(await authority.issue({ names: ['elsewhere.example'] }));
  silent = await web.raw();
  nonsense = await web.raw('SSH-2.0-OpenSSH_9.2\r\n');
});
afterAll(() => web.close());

async function get(target: string, settings: object = {}, seed = 'http'): Promise<ProbeRun> {
  const signal = AbortSignal.timeout(20_000);
  const context = {
    target: parseTarget(target),
    signal,
    deadline: performance.now() + 20_000,
    seed,
    cycle: { sendSlipsMs: [], receiveDrops: 0 },
  };
  return runProbe(http, { timeoutMs: 2_000, trust, ...settings }, context);
}

testProbe(
  http,
  {
    target: () => parseTarget(`http://127.0.0.1:${plain}/`),
    unreachable: { target: () => parseTarget(`http://127.0.0.1:${CLOSED}/`) },
    slow: { target: () => parseTarget(`http://127.0.0.1:${plain}/slow`) },
    freeText: ['body', 'secretBody', 'authorization', 'path', 'expectBody', 'refuseBody'],
    signed: ['tls.days_left'],
  },
  { describe, it },
);

describe('the http probe', () => {
  it('times the phases over plain HTTP, on both families, and says why the others are absent', async () => {
    for (const [target, family] of [
      [`http://127.0.0.1:${plain}/`, 4],
      [`http://[::1]:${plain6}/`, 6],
    ] as const) {
      const run = await get(target);
      expect(run.error).toBeNull();
      expect(run.metrics).toMatchObject({ 'http.ok': 1, 'http.status': 200, 'http.family': family, 'http.body': 4000 });
      for (const phase of ['tcp', 'ttfb', 'download', 'total']) expect(run.metrics[`http.${phase}`], phase).toBeGreaterThan(0);
      expect(run.absent['http.dns']).toContain('address');
      expect(run.absent['http.tls']).toContain('plain HTTP');
      expect(run.absent['tls.valid']).toContain('plain HTTP');
    }
  });

  it('times name and TLS too, and the phases add up to no more than the total', async () => {
    const run = await get(`https://localhost:${secure}/`, { family: '4' });
    expect(run.error).toBeNull();
    const phases = ['dns', 'tcp', 'tls', 'ttfb', 'download'].map((phase) => run.metrics[`http.${phase}`] ?? NaN);
    expect(phases.every((ms) => ms > 0)).toBe(true);
    expect(phases.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual((run.metrics['http.total'] ?? 0) + 0.01);
  });

  it('tries all addresses of a name, as browsers do, where that is asked for, and tells how each fared', async () => {
    // At 127.0.0.1 alone: where the name has ::1 too, that one refuses.
    const run = await get(`https://localhost:${secure}/`, { family: 'race', resume: true });
    expect(run.error).toBeNull();
    expect(run.metrics).toMatchObject({ 'http.ok': 1, 'http.family': 4, 'http.tls.resumed': 1, 'tls.valid': 1 });
    const { race } = run.details as { race: { address: string; connectMs?: number }[] };
    expect(race.at(-1)).toMatchObject({ address: '127.0.0.1', connectMs: expect.any(Number) as number });
    expect(run.flow).toMatchObject({ destination: '127.0.0.1', resolvedFrom: 'localhost' });
    expect((await get(`https://localhost:${secure}/`)).details).not.toHaveProperty('race');
  });

  it('takes the first byte when it comes, not when all headers are there, and not that of an interim answer', async () => {
    const pauseMs = 80;
    const [slowHead, early] = [
      await web.inPieces(['HTTP/1.1 200 OK\r\n', 'content-length: 2\r\n\r\nok'], pauseMs),
      await web.inPieces(['HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'], pauseMs),
    ];
    const dribbled = await get(`http://127.0.0.1:${slowHead}/`);
    expect(dribbled.error).toBeNull();
    expect(dribbled.metrics['http.download']).toBeGreaterThan(pauseMs / 2);
    const hinted = await get(`http://127.0.0.1:${early}/`);
    expect(hinted.error).toBeNull();
    expect(hinted.metrics['http.ttfb']).toBeGreaterThan(pauseMs / 2);
  });

  it('speaks HTTP/2 where the server does, unless told otherwise', async () => {
    expect((await get(`https://127.0.0.1:${two}/`)).method).toContain('HTTP/2');
    expect((await get(`https://127.0.0.1:${two}/`, { version: '1.1' })).method).toContain('HTTP/1.1');
    expect((await get(`https://127.0.0.1:${secure}/`, { version: '2' })).error?.code).toBe('TLS_FAILURE');
    expect((await get(`http://127.0.0.1:${plain}/`, { version: '2' })).error?.code).toBe('BAD_SETTINGS');
  });

  it('lets an HTTP/2 server send far more than the 64 KiB a round trip that the protocol begins with', async () => {
    const expectHeaders = { 'x-stream': '^\\d{8,}$', 'x-connection': '^\\d{8,}$' };
    expect((await get(`https://127.0.0.1:${two}/window`, { version: '2', expectHeaders })).error).toBeNull();
  });

  it('makes a URL of a host, with scheme and path from the settings, and keeps its source port for a test', async () => {
    const run = await get(`127.0.0.1:${plain}`, { scheme: 'http', path: '/status/204?x=1' });
    expect(run.metrics['http.status']).toBe(204);
    expect(web.seen.at(-1)?.url).toBe('/status/204?x=1');
    expect((run.flow as { sourcePort: number }).sourcePort).toBeGreaterThanOrEqual(20_000);
    const next = await get(`127.0.0.1:${plain}`, { scheme: 'http' }, 'another');
    expect((next.flow as { sourcePort: number }).sourcePort).not.toBe((run.flow as { sourcePort: number }).sourcePort);
  });

  it('sends method, headers, body and secrets as told', async () => {
    const settings = {
      method: 'POST',
      headers: { 'X-One': '1' },
      body: 'ping=ä',
      authorization: 'Bearer s3cret',
      secretHeaders: { 'x-two': '2' },
    };
    for (const target of [`http://127.0.0.1:${plain}/in`, `https://127.0.0.1:${two}/in`]) {
      const run = await get(target, settings);
      expect(run.error).toBeNull();
      expect(web.seen.at(-1)).toMatchObject({
        method: 'POST',
        body: 'ping=ä',
        headers: { 'x-one': '1', 'x-two': '2', authorization: 'Bearer s3cret' },
      });
      expect(JSON.stringify(run)).not.toContain('s3cret');
    }
  });

  it('marks secrets as such in the schema that servers and forms go by', () => {
    const { properties } = http.settingsSchema as { properties: Record<string, { writeOnly?: boolean }> };
    expect(properties.authorization?.writeOnly).toBe(true);
    expect(properties.secretHeaders?.writeOnly).toBe(true);
  });

  it('counts the body as transferred and unpacks each coding', async () => {
    for (const coding of ['gzip', 'br', 'deflate', 'raw']) {
      const run = await get(`http://127.0.0.1:${plain}/packed/${coding}`, { expectBody: '^Hello from the lab' });
      expect(run.error, coding).toBeNull();
      expect(run.metrics['http.compression_ratio'], coding).toBeCloseTo(4000 / (run.metrics['http.body'] ?? NaN), 3);
    }
    expect((await get(`http://127.0.0.1:${plain}/`)).absent['http.compression_ratio']).toContain('not compressed');
  });

  it('serves a burst on one connection and counts what was kept', async () => {
    for (const target of [`http://127.0.0.1:${plain}/`, `https://127.0.0.1:${two}/`]) {
      const run = await get(target, { requests: 4 });
      expect(run.metrics['http.connection_reuse_ratio'], target).toBe(100);
      expect((run.details as { repeated: unknown[] }).repeated).toHaveLength(3);
    }
    expect((await get(`http://127.0.0.1:${plain}/close`, { requests: 4 })).metrics['http.connection_reuse_ratio']).toBe(0);
    expect((await get(`http://127.0.0.1:${plain}/`)).absent['http.connection_reuse_ratio']).toContain('one request');
  });

  it('asks no more on a connection whose server has said goodbye', async () => {
    const run = await get(`https://127.0.0.1:${two}/goodbye`, { requests: 3 });
    expect(run.metrics).toMatchObject({ 'http.ok': 1, 'http.status': 200 });
    expect(run.metrics['http.connection_reuse_ratio']).toBeLessThan(100);
    expect(JSON.stringify(run)).not.toContain('INTERNAL');
  });

  it('takes a switch of protocols for the answer', async () => {
    const port = await web.inPieces(['HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n'], 0);
    const run = await get(`http://127.0.0.1:${port}/`);
    expect(run.metrics['http.status']).toBe(101);
    expect(run.error).toMatchObject({ code: 'ASSERTION_FAILED', message: expect.stringContaining('101') as string });
  });

  it('says the length of a body in either version', async () => {
    for (const port of [secure, two]) {
      await get(`https://127.0.0.1:${port}/`, { method: 'POST', body: 'größer' });
      expect(web.seen.at(-1)).toMatchObject({ body: 'größer', headers: { 'content-length': '8' } });
    }
  });

  it('reads what the answer says of caches, delivery networks and the server itself', async () => {
    const run = await get(`http://127.0.0.1:${plain}/cached`);
    expect(run.metrics).toMatchObject({ 'http.cache_hit_ratio': 100, 'http.server_timing.db': 53.5 });
    expect(run.metrics['http.cdn.score']).toBeGreaterThan(50);
    expect(run.details).toMatchObject({ deliveryNetwork: 'Cloudflare' });
    const plainRun = await get(`http://127.0.0.1:${plain}/`);
    for (const id of ['http.cache_hit_ratio', 'http.cdn.score', 'http.server_timing.db']) expect(plainRun.absent[id], id).toBeTruthy();
  });

  it('resumes TLS only when it is asked to', async () => {
    expect((await get(`https://127.0.0.1:${secure}/`)).metrics['http.tls.resumed']).toBe(0);
    expect((await get(`https://127.0.0.1:${secure}/`, { resume: true })).metrics['http.tls.resumed']).toBe(1);
    // Also where the server may speak HTTP/2 alone.
    expect((await get(`https://127.0.0.1:${two}/`, { resume: true, version: '2' })).metrics['http.tls.resumed']).toBe(1);
    const before = web.seen.length;
    const run = await get(`https://127.0.0.1:${expired}/`, { resume: true, authorization: 'Bearer s3cret' });
    expect(run.error?.code).toBe('TLS_FAILURE');
    expect(JSON.stringify(web.seen.slice(before))).not.toContain('s3cret');
  });
});

describe('redirections', () => {
  it('are followed, and the total is that of all of them', async () => {
    const run = await get(`http://127.0.0.1:${plain}/redirect?to=/redirect%3Fto=/end`);
    expect(run.metrics['http.status']).toBe(200);
    expect(run.details).toMatchObject({ url: `http://127.0.0.1:${plain}/end`, redirects: [{ status: 302 }, { status: 302 }] });
    expect(run.metrics['http.total']).toBeGreaterThan((run.metrics['http.tcp'] ?? 0) + (run.metrics['http.ttfb'] ?? 0));
  });

  it('are told of without the name and password that they bring', async () => {
    const run = await get(`http://127.0.0.1:${plain}/redirect?to=http%3A%2F%2Fada%3As3cret%40127.0.0.1%3A${plain}%2Fend`);
    expect(run.details).toMatchObject({ url: `http://127.0.0.1:${plain}/end` });
    expect(JSON.stringify(run)).not.toContain('s3cret@');
  });

  it('turn a POST into a GET where the standard says so, and keep it for 307', async () => {
    await get(`http://127.0.0.1:${plain}/redirect?status=303&to=/seen`, { method: 'POST', body: 'x' });
    expect(web.seen.at(-1)).toMatchObject({ method: 'GET', url: '/seen', body: '' });
    await get(`http://127.0.0.1:${plain}/redirect?status=307&to=/seen`, { method: 'POST', body: 'x' });
    expect(web.seen.at(-1)).toMatchObject({ method: 'POST', body: 'x' });
  });

  it('never carry secrets to another origin', async () => {
    const elsewhere = encodeURIComponent(`http://127.0.0.1:${plain}/there`);
    await get(`https://127.0.0.1:${secure}/redirect?to=${elsewhere}`, {
      authorization: 'Bearer s3cret',
      secretHeaders: { 'x-key': 's3cret' },
      headers: { 'x-open': '1' },
    });
    expect(web.seen.at(-1)).toMatchObject({ url: '/there', headers: { 'x-open': '1' } });
    expect(JSON.stringify(web.seen.at(-1))).not.toContain('s3cret');
  });

  it('carry a secret body to the same origin only, and no header that speaks of a body which is gone', async () => {
    const secret = { method: 'POST', secretBody: 'password=s3cret', headers: { 'content-type': 'text/plain', 'x-open': '1' } };
    await get(`http://127.0.0.1:${plain}/redirect?status=307&to=/seen`, secret);
    expect(web.seen.at(-1)).toMatchObject({ method: 'POST', body: 'password=s3cret' });
    const elsewhere = encodeURIComponent(`http://127.0.0.1:${plain}/there`);
    const run = await get(`https://127.0.0.1:${secure}/redirect?status=307&to=${elsewhere}`, secret);
    expect(web.seen.at(-1)).toMatchObject({ method: 'POST', url: '/there', body: '', headers: { 'x-open': '1' } });
    expect(web.seen.at(-1)?.headers).not.toHaveProperty('content-type');
    expect(JSON.stringify(run)).not.toContain('s3cret');
  });

  it('to another host are checked by its own name, not by the one that the settings give for the first', async () => {
    const port = secure;
    const other = encodeURIComponent(`https://localhost:${port}/end`);
    const run = await get(`https://127.0.0.1:${port}/redirect?to=${other}`, { serverName: '127.0.0.1' });
    expect(run.error).toBeNull();
    expect(run.details).toMatchObject({ url: `https://localhost:${port}/end` });
    expect(run.metrics).toMatchObject({ 'tls.valid': 1 });
    const wrong = await get(`https://127.0.0.1:${port}/`, { serverName: 'elsewhere.example' });
    expect(wrong.error?.code).toBe('TLS_FAILURE');
  });

  it('that go in circles end with an error; without following them the redirection is the answer', async () => {
    expect((await get(`http://127.0.0.1:${plain}/circle`)).error).toMatchObject({
      code: 'PROTOCOL',
      message: expect.stringContaining('circles') as string,
    });
    expect((await get(`http://127.0.0.1:${plain}/circle`, { redirects: 0 })).metrics).toMatchObject({ 'http.ok': 1, 'http.status': 302 });
  });
});

describe('settings that cannot be', () => {
  it.each([
    ['serverName', 'a\0b', /host name/],
    ['serverName', 'bücher.example', /xn--/],
    ['trust', 'no certificate', /PEM/],
    ['trust', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', /PEM/],
  ])('are refused by name: %s %j', async (name, value, message) => {
    const { error } = await get(`https://127.0.0.1:${secure}/`, { [name]: value });
    expect(error).toMatchObject({ code: 'BAD_SETTINGS', message: expect.stringMatching(message) as string });
    expect(error?.message).toContain(name);
  });

  it('are two bodies', async () => {
    const { error } = await get(`http://127.0.0.1:${plain}/`, { method: 'POST', body: 'a', secretBody: 'b' });
    expect(error).toMatchObject({ code: 'BAD_SETTINGS', message: expect.stringContaining('secretBody') as string });
  });

  it('are not those that HTTP/2 has no use for: it leaves them out', async () => {
    const run = await get(`https://127.0.0.1:${two}/`, { headers: { te: 'gzip', 'http2-settings': 'AAMAAABk', connection: 'close' } });
    expect(run.error).toBeNull();
  });
});

describe('certificates', () => {
  it('that hold: valid, with the days that are left', async () => {
    const run = await get(`https://127.0.0.1:${secure}/`);
    expect(run.metrics).toMatchObject({ 'tls.valid': 1 });
    expect(run.metrics['tls.days_left']).toBeCloseTo(30, 1);
    expect(run.metrics['tls.verify']).toBeGreaterThan(0);
    expect(run.details).toMatchObject({ certificate: { chain: [{ subject: 'CN=localhost' }, { subject: 'CN=StreamSwarm lab' }] } });
  });

  it.each([
    ['that has expired', () => expired, 'expired', -3],
    ['for another name', () => misnamed, 'another name', 90],
  ] as const)('%s: nothing is asked of that server, and the reason is told', async (_, port, says, days) => {
    const before = web.seen.length;
    const run = await get(`https://127.0.0.1:${port()}/`);
    expect(run.error).toMatchObject({ code: 'TLS_FAILURE', message: expect.stringContaining(says) as string });
    expect(run.metrics).toMatchObject({ 'http.ok': 0, 'tls.valid': 0 });
    expect(run.metrics['tls.days_left']).toBeCloseTo(days, 1);
    expect(web.seen).toHaveLength(before);
  });

  it('of an authority that nobody trusts: told; the rest is measured all the same where the settings allow', async () => {
    const run = await get(`https://127.0.0.1:${secure}/`, { trust: undefined, verify: false });
    expect(run.metrics).toMatchObject({ 'http.ok': 1, 'http.status': 200, 'tls.valid': 0 });
    expect((await get(`https://127.0.0.1:${secure}/`, { trust: undefined })).error?.code).toBe('TLS_FAILURE');
  });

  it('over IPv6, for an address', async () => {
    expect((await get(`https://[::1]:${secure6}/`)).metrics).toMatchObject({ 'tls.valid': 1, 'http.family': 6 });
  });
});

describe('what the http probe says of failures', () => {
  it('the status, the body and headers that are not as wanted', async () => {
    const cases: [string, object, string][] = [
      ['/status/500', {}, '500'],
      ['/', { expectStatus: ['404', '410-420'] }, '200'],
      ['/', { expectBody: 'Good ?bye' }, 'Good'],
      ['/', { refuseBody: 'Hello' }, 'Hello'],
      ['/', { expectBody: '^(.+\\s?)+#$' }, 'was given up'],
      ['/', { expectHeaders: { 'x-lab': '^no$' } }, 'x-lab'],
      ['/', { expectHeaders: { 'x-missing': '.' } }, 'x-missing'],
    ];
    for (const [path, settings, says] of cases) {
      const run = await get(`http://127.0.0.1:${plain}${path}`, settings);
      expect(run.error, says).toMatchObject({ code: 'ASSERTION_FAILED', message: expect.stringContaining(says) as string });
      expect(run.metrics['http.ttfb'], says).toBeGreaterThan(0);
    }
  });

  it('nobody there, no answer, no HTTP, no TLS', async () => {
    expect((await get(`http://127.0.0.1:${CLOSED}/`)).error?.code).toBe('REFUSED');
    expect((await get(`http://127.0.0.1:${silent}/`, { timeoutMs: 80 })).error?.code).toBe('TIMEOUT');
    expect((await get(`https://127.0.0.1:${silent}/`, { timeoutMs: 80 })).error?.code).toBe('TIMEOUT');
    expect((await get(`http://127.0.0.1:${nonsense}/`)).error?.code).toBe('PROTOCOL');
    expect((await get(`https://127.0.0.1:${plain}/`)).error?.code).toBe('TLS_FAILURE');
  });

  it('a body that stalls or is too large: the answer counts, its end does not', async () => {
    const stalled = await get(`http://127.0.0.1:${plain}/stall`, { timeoutMs: 100 });
    expect(stalled.status).toBe('PARTIAL');
    expect(stalled.error?.code).toBe('TIMEOUT');
    expect(stalled.metrics['http.status']).toBe(200);
    expect(stalled.absent['http.total']).toContain('did not end');
    const large = await get(`http://127.0.0.1:${plain}/`, { maxBodyBytes: 100 });
    expect(large.error?.message).toContain('maxBodyBytes');
    expect(large.metrics['http.body']).toBeUndefined();
  });

  it('settings that would split headers, or match nothing, are refused by name', async () => {
    const cases: [object, string][] = [
      [{ headers: { 'x-a': 'one\r\nx-b: two' } }, 'headers.x-a'],
      [{ path: 'no-slash' }, 'path'],
      [{ expectBody: '(' }, 'expectBody'],
      [{ expectStatus: ['2xx'] }, 'expectStatus'],
    ];
    for (const [settings, field] of cases) {
      const run = await get(`http://127.0.0.1:${plain}/`, settings);
      expect(run.error).toMatchObject({ code: 'BAD_SETTINGS', message: expect.stringContaining(field) as string });
    }
  });
});
