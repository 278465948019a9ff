import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadProbe } from './registry.js';
import { conformance } from './sdk/conformance.js';
import { contextFor } from './sdk/conformance/check.js';
import type { Probe } from './sdk/probe.js';
import { runProbe, type ProbeRun } from './sdk/run.js';
import { parseTarget } from './sdk/target.js';

const SAMPLE = join(import.meta.dirname, '..', 'docs', 'examples', 'banner');
const GREETING = 'SSH-2.0-Harbour_1.0\r\n';

describe('the sample of a plug-in', () => {
  let probe: Probe;
  let server: Server;
  let place: string;
  beforeAll(async () => {
    probe = await loadProbe(SAMPLE);
    server = createServer((socket) => socket.on('error', () => socket.destroy()).write(`${GREETING}and more`)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    place = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => void server.close());

  async function run(settings: object = {}, target = place): Promise<ProbeRun> {
    return runProbe(probe, settings, await contextFor(probe, { target: () => parseTarget(target), settings }));
  }

  it('passes the suite of every probe', async () => {
    const options = { target: () => parseTarget(place), unreachable: { target: () => parseTarget('127.0.0.1:1') }, freeText: ['expect'] };
    for (const check of conformance(probe, options)) await check.run();
  });

  it('measures the first line that a server says', async () => {
    const found = await run({ expect: 'SSH-2.0' });
    expect(found).toMatchObject({ status: 'OK', metrics: { 'banner.ok': 1, 'banner.length': GREETING.length } });
    expect(found.details).toEqual({ banner: GREETING.trimEnd() });
    expect(found.metrics['banner.connect']).toBeGreaterThan(0);
  });

  it('tells a banner that is not the one expected, and keeps what it measured', async () => {
    const found = await run({ expect: 'ESMTP' });
    expect(found).toMatchObject({ status: 'PARTIAL', error: { code: 'ASSERTION_FAILED' }, metrics: { 'banner.ok': 0 } });
    expect(found.metrics['banner.wait']).toBeDefined();
  });

  it('tells a refusal', async () => {
    expect(await run({}, '127.0.0.1:1')).toMatchObject({ status: 'FAILED', error: { code: 'REFUSED' } });
  });

  it('is what the handbook shows', () => {
    const handbook = readFileSync(join(import.meta.dirname, '..', 'docs', 'probes', 'writing-a-probe.md'), 'utf8');
    const shown = /```js\n(.*?)```/s.exec(handbook)?.[1];
    expect(shown).toBe(readFileSync(join(SAMPLE, 'index.js'), 'utf8'));
  });
});

describe('a plug-in finds our SDK', () => {
  let base: string;
  beforeAll(() => void (base = mkdtempSync(join(tmpdir(), 'plug-in-sdk-'))));
  afterAll(() => rmSync(base, { recursive: true, force: true }));

  it('in a folder that was copied to a host, without an installation', async () => {
    cpSync(SAMPLE, join(base, 'copied'), { recursive: true });
    expect((await loadProbe('./copied', base)).metrics.map(({ id }) => id)).toContain('banner.wait');
  });

  it('as a package that was installed', async () => {
    const folder = join(base, 'node_modules', 'streamswarm-probe-banner');
    mkdirSync(folder, { recursive: true });
    cpSync(SAMPLE, folder, { recursive: true });
    expect((await loadProbe('streamswarm-probe-banner', base)).name).toBe('banner');
  });
});
