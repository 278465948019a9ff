import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab, labAvailability, needsLab } from '../lab/index.js';
import type { ProbeRun } from '../sdk/run.js';

const skip = !labAvailability().available;
const FAMILIES = ['v4', 'v6'] as const;
const FAST = { timeoutMs: 300, mss: false };

async function probe(net: Lab, target: string, settings: object = {}): Promise<ProbeRun> {
  const [result] = await net.runProbe('client', 'mtu', target, { ...FAST, ...settings });
  if (!result) throw new Error('the runner gave no run');
  return result.run;
}

describe.skipIf(skip).each([9000, 1492, 1400, 1280])(needsLab('a path whose middle link carries %i bytes'), (mtu) => {
  let net: Lab;
  const narrow = Math.min(mtu, 1500);
  beforeAll(async () => {
    net = await Lab.chain(['client', 'left', 'right', 'server'], [{ mtu: 9000 }, { mtu }, { mtu: 9000 }]);
  });
  afterAll(() => net.close());

  it.each(FAMILIES)('is found to the byte, with the router that says so (%s)', async (family) => {
    const run = await probe(net, net.server[family]);
    expect(run).toMatchObject({ status: 'OK', metrics: { 'mtu.ok': 1, 'mtu.path': mtu }, errorBounds: { 'mtu.path': 0 } });
    if (mtu === 9000) {
      expect(run.absent['mtu.blackhole']).toMatch(/own interface/);
      return;
    }
    expect(run.metrics['mtu.blackhole']).toBe(0);
    expect(run.details).toMatchObject({ interfaceMtu: 9000, largestPassed: narrow, smallestStopped: narrow + 1 });
    expect(JSON.stringify(run.details)).toContain(
      `{"from":"${family === 'v4' ? '198.18.1.2' : 'fd53:5357:0:1::2'}","size":9000,"mtu":${mtu}}`,
    );
  });

  it.each(FAMILIES)('is found by UDP, which needs no privilege (%s)', async (family) => {
    const run = await probe(net, net.server[family], { method: 'udp' });
    expect(run.metrics).toMatchObject({ 'mtu.ok': 1, 'mtu.path': mtu });
    expect(run.method).toMatch(/^UDP/);
    expect(run.flow).toMatchObject({ protocol: 'udp', destinationPort: 33434, family: family === 'v4' ? 4 : 6 });
  });
});

describe.skipIf(skip)(needsLab('a path under the least that IPv6 allows'), () => {
  let net: Lab;
  beforeAll(async () => {
    net = await Lab.chain(['client', 'router', 'server'], [{}, { mtu: 576 }]);
  });
  afterAll(() => net.close());

  it('is found over IPv4', async () => {
    expect((await probe(net, net.server.v4)).metrics).toMatchObject({ 'mtu.path': 576, 'mtu.blackhole': 0 });
  });
});

describe.skipIf(skip)(needsLab('a black hole'), () => {
  let net: Lab;
  const DELAY = { delayMs: 5 };
  beforeAll(async () => {
    net = await Lab.pair({ impairments: { forward: DELAY, backward: DELAY } });
  });
  afterAll(() => net.close());

  it.each(FAMILIES.flatMap((family) => [1499, 1420, 1337].map((size) => [size, family] as const)))(
    'that swallows packets of more than %i bytes is told and measured to the byte (%s)',
    async (largestBytes, family) => {
      await net.link().set({ forward: { ...DELAY, largestBytes } });
      const run = await probe(net, net.server[family]);
      expect(run.metrics).toMatchObject({ 'mtu.ok': 1, 'mtu.path': largestBytes, 'mtu.blackhole': 1 });
      expect(JSON.stringify(run.details)).toMatch(/nobody says so: a black hole/);
    },
  );

  it('is found on a path that loses packets as well', async () => {
    await net.link().set({ forward: { ...DELAY, largestBytes: 1411, lossPercent: 10, seed: 3 } });
    expect((await probe(net, net.server.v4, { attempts: 5 })).metrics).toMatchObject({ 'mtu.path': 1411, 'mtu.blackhole': 1 });
  });

  it('is found by UDP, a packet at a time', async () => {
    await net.link().set({ forward: { ...DELAY, largestBytes: 1498 } });
    const run = await probe(net, net.server.v4, { method: 'udp', attempts: 1 });
    expect(run.metrics).toMatchObject({ 'mtu.path': 1498, 'mtu.blackhole': 1 });
  }, 60_000);

  it('is not seen where the path merely loses packets', async () => {
    await net.link().set({ forward: { ...DELAY, lossPercent: 20, seed: 5 } });
    const run = await probe(net, net.server.v4, { attempts: 6 });
    expect(run.metrics['mtu.path']).toBe(1500);
    expect(run.absent['mtu.blackhole']).toMatch(/own interface/);
  });
});

describe.skipIf(skip)(needsLab('a black hole behind a router that speaks'), () => {
  let net: Lab;
  beforeAll(async () => {
    net = await Lab.chain(['client', 'left', 'right', 'server'], [{}, { mtu: 1400 }, { impairments: { forward: { largestBytes: 1350 } } }]);
  });
  afterAll(() => net.close());

  it.each(FAMILIES)('is the one that counts (%s)', async (family) => {
    const run = await probe(net, net.server[family]);
    expect(run.metrics).toMatchObject({ 'mtu.path': 1350, 'mtu.blackhole': 1 });
    expect(run.details).toMatchObject({ reports: expect.arrayContaining([expect.objectContaining({ mtu: 1400 })]) });
  });
});

describe.skipIf(skip)(needsLab('the segment size that TCP is offered'), () => {
  let net: Lab;
  let port: number;
  beforeAll(async () => {
    net = await Lab.chain(['client', 'router', 'server'], [{}, { mtu: 1400 }]);
    port = await net.serveTcp('server', { kind: 'accept' });
  });
  afterAll(() => net.close());

  const place = (family: 'v4' | 'v6'): string => (family === 'v4' ? `${net.server.v4}:${port}` : `[${net.server.v6}]:${port}`);

  it.each([
    ['v4', 1360],
    ['v6', 1340],
  ] as const)('is that of the link of the target (%s)', async (family, mss) => {
    const run = await probe(net, place(family), { mss: true });
    expect(run.metrics).toMatchObject({ 'mtu.path': 1400, 'mtu.mss.received': mss });
    expect(run.method).toMatch(/SYN-ACK/);
  });

  it.each([
    ['v4', 1200],
    ['v6', 1240],
  ] as const)('is seen clamped (%s)', async (family, mss) => {
    const version = family === 'v4' ? '-4' : '-6';
    const changed = await net.run('server', 'ip', [version, 'route', 'change', 'default', 'via', family === 'v4' ? '198.18.2.1' : 'fd53:5357:0:2::1', 'advmss', String(mss)]); // prettier-ignore
    expect(changed.code).toBe(0);
    const run = await probe(net, place(family), { mss: true });
    expect(run.metrics).toMatchObject({ 'mtu.path': 1400, 'mtu.mss.received': mss });
    expect(JSON.stringify(run.details)).toMatch(/clamps it/);
  });

  it('is absent with its reason where no port answers', async () => {
    const run = await probe(net, `${net.server.v4}:9`, { mss: true });
    expect(run.metrics['mtu.path']).toBe(1400);
    expect(run.absent['mtu.mss.received']).toMatch(/nothing listens/);
  });
});

describe.skipIf(skip)(needsLab('a target that does not answer'), () => {
  let net: Lab;
  beforeAll(async () => {
    net = await Lab.pair();
  });
  afterAll(() => net.close());

  it.each([
    ['prohibit', '198.18.201.1', 'DENIED'],
    ['unreachable', '198.18.202.1', 'UNREACHABLE'],
    ['blackhole', '198.18.203.1', 'TIMEOUT'],
  ] as const)('because a router says %s', async (how, address, code) => {
    await net.refuse('server', how, address);
    const run = await probe(net, address, { attempts: 1 });
    expect(run).toMatchObject({ status: 'FAILED', error: { code }, metrics: { 'mtu.ok': 0 } });
    expect(run.absent['mtu.path']).toBeDefined();
    expect(run.absent['mtu.blackhole']).toBeDefined();
  });
});
