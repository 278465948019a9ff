import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab, labAvailability, needsLab } from '../lab/index.js';
import type { ProbeRun } from '../sdk/run.js';

const skip = !labAvailability().available;
const FAMILIES = ['v4', 'v6'] as const;
const KEY = 'what-the-lab-alone-knows';
const DELAY = { delayMs: 5 };

describe.skipIf(skip)(needsLab('the way back from a reflector'), () => {
  let net: Lab;
  let reflectorPort: number;
  beforeAll(async () => {
    net = await Lab.chain(['client', 'router', 'server'], [{}, { impairments: { forward: DELAY, backward: DELAY } }]);
    reflectorPort = await net.serveReflector('server', KEY);
  });
  afterAll(() => net.close());

  async function probe(family: 'v4' | 'v6', settings: object = {}): Promise<ProbeRun> {
    const all = { timeoutMs: 300, mss: false, reflectorPort, reflectorKey: KEY, ...settings };
    const [result] = await net.runProbe('client', 'mtu', net.server[family], all);
    if (!result) throw new Error('the runner gave no run');
    return result.run;
  }

  it.each(FAMILIES)("carries what the reflector's interface can send (%s)", async (family) => {
    const run = await probe(family);
    expect(run).toMatchObject({
      status: 'OK',
      metrics: { 'mtu.path': 1500, 'mtu.path.reverse': 1500 },
      errorBounds: { 'mtu.path.reverse': 0 },
    });
    expect(run.method).toMatch(/way back by a STAMP reflector/);
    expect(JSON.stringify(run.details)).toMatch(/come back whole.*the reflector's own interface/);
  });

  it.each(FAMILIES.flatMap((family) => [1499, 1420, 1337].map((bytes) => [bytes, family] as const)))(
    'is measured to the byte where larger packets than %i vanish on it, and the way there is not taken for it (%s)',
    async (bytes, family) => {
      await net.link(1).set({ forward: DELAY, backward: { ...DELAY, largestBytes: bytes } });
      const run = await probe(family, { method: 'udp' });
      expect(run.metrics).toMatchObject({ 'mtu.path': 1500, 'mtu.path.reverse': bytes });
      expect(run.details).toMatchObject({ reverse: { largestPassed: bytes, smallestStopped: bytes + 1 } });
      expect(JSON.stringify(run.details)).toMatch(/less than the way there carries.*lost on the way back/);
    },
  );

  it.each(FAMILIES)('may carry more than the way there (%s)', async (family) => {
    await net.link(1).set({ forward: { ...DELAY, largestBytes: 1400 }, backward: DELAY });
    expect((await probe(family)).metrics).toMatchObject({ 'mtu.path': 1400, 'mtu.blackhole': 1, 'mtu.path.reverse': 1500 });
  });

  it.each(FAMILIES)('is found where packets are lost on it as well (%s)', async (family) => {
    await net.link(1).set({ forward: DELAY, backward: { ...DELAY, largestBytes: 1411, lossPercent: 10, seed: 7 } });
    expect((await probe(family, { method: 'udp', attempts: 4 })).metrics['mtu.path.reverse']).toBe(1411);
  });

  it.each([
    ['v4', '-4', 1380],
    ['v6', '-6', 1290],
  ] as const)('is found where a router on it says that packets are too large (%s)', async (family, version, mtu) => {
    await net.link(1).set({ forward: DELAY, backward: DELAY });
    const route = [version, 'route', 'add', net.client[family], 'dev', net.link(0).right.device, 'mtu', 'lock', String(mtu)];
    expect(await net.run('router', 'ip', route)).toMatchObject({ code: 0 });
    // By UDP, whose answers are small: echo replies would be fragmented, or come back by the same narrow way.
    const run = await probe(family, { method: 'udp', udpPort: 33_434 });
    expect(run.metrics).toMatchObject({ 'mtu.path': 1500, 'mtu.path.reverse': mtu });
  });

  it('is absent, with why, where the key is another one', async () => {
    const run = await probe('v4', { reflectorKey: 'what-nobody-else-knows', attempts: 1 });
    expect(run).toMatchObject({ status: 'OK', metrics: { 'mtu.ok': 1 } });
    expect(run.absent['mtu.path.reverse']).toMatch(/no reflector answered .*reflectorKey is not its key/);
  });

  it.each(FAMILIES)('is absent, with why, where no reflector listens (%s)', async (family) => {
    const run = await probe(family, { reflectorPort: 9 });
    expect(run.absent['mtu.path.reverse']).toMatch(/UDP port 9, is not there: .* says that nothing listens/);
  });

  it('is absent, with why, where nobody is asked', async () => {
    expect((await probe('v4', { reflectorPort: undefined })).absent['mtu.path.reverse']).toMatch(/setting "reflectorPort"/);
    expect((await probe('v4', { reflectorKey: undefined })).absent['mtu.path.reverse']).toMatch(/setting "reflectorKey"/);
  });
});
