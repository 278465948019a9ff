import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import { afterAll, describe, expect, it } from 'vitest';
import { kernelAvailability } from '../kernel/libc.js';
import { testProbe } from '../sdk/conformance.js';
import { runProbe, type ProbeRun } from '../sdk/run.js';
import { parseTarget } from '../sdk/target.js';
import { whyNoDrop, withoutNetRaw } from '../lab/without-net-raw.js';
import mtu from './index.js';
import { announcedMss } from './syn-ack.js';

/** Somebody who listens and says nothing: packets to it vanish. */
const mute = createSocket('udp4').bind(0, '127.0.0.1');
const server = createServer((socket) => void socket.on('error', () => socket.destroy()).resume()).listen(0, '127.0.0.1');
await Promise.all([once(mute, 'listening'), once(server, 'listening')]);
const { port: tcpPort } = server.address() as AddressInfo;
const SILENCE = { method: 'udp', udpPort: mute.address().port, attempts: 1, timeoutMs: 50 };

afterAll(() => {
  mute.close();
  server.close();
});

async function run(target: string, settings: object = {}, signal = AbortSignal.timeout(20_000)): Promise<ProbeRun> {
  const context = {
    target: parseTarget(target),
    signal,
    deadline: performance.now() + 20_000,
    seed: 'a',
    cycle: { sendSlipsMs: [], receiveDrops: 0 },
  };
  return runProbe(mtu, settings, context);
}

const kernel = kernelAvailability();
const why = kernel.available ? '' : ` (skipped: ${kernel.reason})`;

testProbe(
  mtu,
  {
    target: () => parseTarget(`127.0.0.1:${tcpPort}`),
    unreachable: { target: () => parseTarget('127.0.0.1'), settings: SILENCE },
    slow: { target: () => parseTarget('127.0.0.1'), settings: { ...SILENCE, attempts: 10, timeoutMs: 300 } },
  },
  { describe, it },
);

describe.skipIf(!kernel.available)(`the path MTU of the loopback${why}`, () => {
  it.each([
    ['127.0.0.1', 65_535],
    ['::1', 65_536],
  ])('of %s is the largest packet that there is', async (target, bytes) => {
    const result = await run(target, { mss: false });
    expect(result).toMatchObject({ status: 'OK', metrics: { 'mtu.ok': 1, 'mtu.path': bytes }, errorBounds: { 'mtu.path': 0 } });
    expect(result.absent['mtu.mss.received']).toMatch(/no connection was asked for/);
    expect(result.absent['mtu.path.reverse']).toMatch(/no reflector/);
  });

  it('is not searched beyond the limit of the settings', async () => {
    const result = await run('127.0.0.1', { largestBytes: 9_000 });
    expect(result.metrics['mtu.path']).toBe(9_000);
    expect(result.absent['mtu.blackhole']).toMatch(/no packet that was tried was too large/);
  });

  it('goes by UDP from the same port each time', async () => {
    const flows = [await run('127.0.0.1', { method: 'udp' }), await run('127.0.0.1', { method: 'udp' })].map(({ flow }) => flow);
    expect(flows[0]).toEqual(flows[1]);
    expect(flows[0]).toMatchObject({ protocol: 'udp', destinationPort: 33_434, destination: '127.0.0.1' });
  });

  it('says so where nobody answers, and gives no number', async () => {
    const result = await run('127.0.0.1', SILENCE);
    expect(result).toMatchObject({
      status: 'FAILED',
      error: { code: 'TIMEOUT', message: expect.stringMatching(/answered no packet of any size/) },
    });
    expect(result.metrics).toEqual({ 'mtu.ok': 0 });
  });

  it('mixes no runs up', async () => {
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, index) => run(`127.0.2.${index + 1}`, { largestBytes: 1_280 + index, mss: false })),
    );
    expect(results.map(({ metrics }) => metrics['mtu.path'])).toEqual(Array.from({ length: 50 }, (_, index) => 1_280 + index));
  });

  it('is not claimed by a run that was cut short', async () => {
    const result = await run('127.0.0.1', { ...SILENCE, timeoutMs: 5_000 }, AbortSignal.timeout(100));
    expect(result.error?.code).toBe('CANCELLED');
    expect(result.metrics).toEqual({});
  });
});

const whyNot = kernel.available ? whyNoDrop() : kernel.reason;

describe.skipIf(whyNot !== undefined)(`the mtu probe without CAP_NET_RAW${whyNot === undefined ? '' : ` (skipped: ${whyNot})`}`, () => {
  it('finds the path MTU all the same, and says of the segment size what it can', async () => {
    // Below the range that the kernel gives away: who asks for any port may be given 33434, the default, and listen there.
    const result = await withoutNetRaw('mtu', `127.0.0.1:${tcpPort}`, { udpPort: 1 });
    expect(result).toMatchObject({ status: 'OK', metrics: { 'mtu.ok': 1, 'mtu.path': 65_535 } });
    expect(result.method).toMatch(/^(UDP|ICMP echo, ping socket).*MSS by TCP_INFO/);
    expect(result.metrics['mtu.mss.received'] ?? result.absent['mtu.mss.received']).toBeDefined();
  });
});

describe('a SYN-ACK', () => {
  const segment = (options: number[], flags = 0x12): Buffer => {
    const head = Buffer.alloc(20);
    head.writeUInt16BE(4711, 2);
    head.writeUInt8(((20 + options.length) / 4) << 4, 12);
    head.writeUInt8(flags, 13);
    return Buffer.concat([head, Buffer.from(options)]);
  };

  it('announces a segment size among its options', () => {
    expect(announcedMss(segment([2, 4, 0x05, 0xb4]), 4711)).toBe(1460);
    expect(announcedMss(segment([1, 1, 4, 2, 3, 3, 7, 1, 2, 4, 0x05, 0x50]), 4711)).toBe(1360);
  });

  it('need not announce one', () => {
    expect(announcedMss(segment([]), 4711)).toBeNull();
    expect(announcedMss(segment([0, 0, 0, 0]), 4711)).toBeNull();
  });

  it('is nothing else, and nothing to another port', () => {
    expect(announcedMss(segment([2, 4, 5, 180], 0x10), 4711)).toBeUndefined();
    expect(announcedMss(segment([2, 4, 5, 180]), 4712)).toBeUndefined();
    expect(announcedMss(segment([2, 4, 5, 180]).subarray(0, 21), 4711)).toBeUndefined();
  });

  it('may be garbage without doing harm', () => {
    expect(announcedMss(segment([2, 0, 0, 0]), 4711)).toBeNull();
    expect(announcedMss(segment([8, 40, 0, 0]), 4711)).toBeNull();
    expect(announcedMss(segment([1, 1, 1, 2]), 4711)).toBeNull();
  });
});

describe('settings that make no sense', () => {
  it.each([
    ['largestBytes', 100],
    ['largestBytes', 1e9],
    ['method', '-rf /'],
    ['udpPort', 70_000],
    ['attempts', 0],
    ['timeoutMs', Number.NaN],
    ['dscp', '$(reboot)'],
    ['größe', 1],
  ])('are refused by the name of the field: %s %s', async (field, value) => {
    expect((await run('127.0.0.1', { [field]: value })).error).toMatchObject({
      code: 'BAD_SETTINGS',
      message: expect.stringContaining(field),
    });
  });

  it('are refused however long they are', async () => {
    expect((await run('127.0.0.1', { family: 'x'.repeat(65_536) })).error).toMatchObject({ code: 'BAD_SETTINGS' });
  });
});
