import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { LabChild } from './child.js';
import { handshakes, labAvailability, Lab, needsLab, removeLeftovers } from './index.js';
import { labNamespaces } from './namespaces.js';
import { ping } from './testing/ping.js';

const skip = !labAvailability().available;
const ONE = { count: 1, intervalMs: 0, patienceMs: 1_000 };

/** Whether a process still does something: one that has ended stays in the list until its parent, or init, looks at it. */
function runs(pid: number): boolean {
  const path = `/proc/${pid}/stat`;
  return existsSync(path) && !readFileSync(path, 'utf8').includes(') Z ');
}

const namespacesOf = async (lab: string): Promise<string[]> => (await labNamespaces()).filter((name) => name.startsWith(`${lab}-`));

describe.skipIf(skip)(needsLab('a lab of client and server'), () => {
  let net: Lab;
  beforeAll(async () => {
    net = await Lab.pair();
  });
  afterAll(() => net.close());

  it.each(['v4', 'v6'] as const)('joins them by %s', async (family) => {
    expect((await ping(net, net.server[family], ONE)).received).toEqual([1]);
  });

  it('refuses by ICMP as prohibited or unreachable, or says nothing', async () => {
    const target = { prohibit: '198.18.201.1', unreachable: '198.18.202.1', blackhole: '198.18.203.1' } as const;
    for (const how of ['prohibit', 'unreachable', 'blackhole'] as const) await net.refuse('server', how, target[how]);
    const errors = async (address: string): Promise<number[][]> =>
      (await ping(net, address, ONE)).errors.map(({ type, code }) => [type, code]);
    // ICMP destination unreachable: communication administratively prohibited, host unreachable (RFC 1812, 5.2.7.1).
    expect(await errors(target.prohibit)).toEqual([[3, 13]]);
    expect(await errors(target.unreachable)).toEqual([[3, 1]]);
    expect(await errors(target.blackhole)).toEqual([]);
  });

  it('serves TCP, and its capture sees the handshake', async () => {
    const port = await net.serveTcp('server', { kind: 'echo' });
    const capture = await net.capture('client');
    const script = `require('net').connect(${port}, '${net.server.v4}').on('data', (d) => { console.log(String(d)); process.exit(); }).write('hello')`;
    const { stdout } = await net.run('client', process.execPath, ['-e', script]);
    expect(stdout.trim()).toBe('hello');
    const [handshake] = handshakes(await capture.stop());
    expect(handshake).toMatchObject({ remotePort: port, syns: 1 });
    expect(handshake?.synAckMs).toBeGreaterThan(0);
    expect(handshake?.ackMs).toBeGreaterThan(0);
  });

  it('runs a probe inside, again and again with its memory', async () => {
    const results = await net.runProbe('client', 'system', 'localhost', {}, { times: 2 });
    expect(results.map(({ run }) => [run.probe, run.error])).toEqual([
      ['system', null],
      ['system', null],
    ]);
  });

  it('tells of a program that does not end in time', async () => {
    await expect(net.run('client', 'sleep', ['60'], 200)).rejects.toThrow('no end within 200 ms');
  });

  it('tells why a child of its own ended', async () => {
    await expect(net.runProbe('client', 'no-such-probe', 'localhost')).rejects.toThrow('no-such-probe');
  });
});

describe.skipIf(skip)(needsLab('a lab that is a chain of routers'), () => {
  it('leads from client to server and back, over each router, with a small link on the way', async () => {
    const net = await Lab.chain(['client', 'r1', 'r2', 'r3', 'server'], [{}, { impairments: { forward: { delayMs: 3 } } }, { mtu: 1400 }]);
    try {
      for (const family of ['v4', 'v6'] as const) {
        expect((await ping(net, net.server[family], ONE)).received).toEqual([1]);
      }
      const expired = await ping(net, net.server.v4, { ...ONE, ttl: 2 });
      expect(expired.errors).toMatchObject([{ type: 11, code: 0, offender: net.host('r2').v4 }]);
      const large = await ping(net, net.server.v4, { ...ONE, payloadBytes: 1400 });
      expect(large.errors).toMatchObject([{ type: 3, code: 4, info: 1400, offender: net.host('r2').v4 }]);
    } finally {
      await net.close();
    }
  });
});

describe.skipIf(skip)(needsLab('the end of a lab'), () => {
  it('leaves no namespace and no process, and does not touch the lab beside it', async () => {
    const [one, two] = await Promise.all([Lab.pair({ impairments: {} }), Lab.pair({ impairments: {} })]);
    const pids = one.pids;
    expect(pids.filter(runs)).toHaveLength(1);
    await one.close();
    expect(pids.filter(runs)).toEqual([]);
    expect(await namespacesOf(one.name)).toEqual([]);
    expect((await ping(two, two.server.v4, ONE)).received).toEqual([1]);
    await two.close();
    expect(await namespacesOf(two.name)).toEqual([]);
  });

  it('comes when the building of it fails', async () => {
    const before = await labNamespaces();
    await expect(Lab.pair({ mtu: 20, impairments: {} })).rejects.toThrow('mtu');
    expect((await labNamespaces()).filter((name) => name.startsWith(`ssw-${process.pid}-`) && !before.includes(name))).toEqual([]);
  });

  it('comes with a signal to its process', async () => {
    const child = new LabChild('testing/hold-lab', {});
    const { name, pids } = await child.next<{ name: string; pids: number[] }>();
    expect(await namespacesOf(name)).toHaveLength(2);
    process.kill(child.pid ?? NaN, 'SIGTERM');
    await child.stop();
    expect(await namespacesOf(name)).toEqual([]);
    await vi.waitFor(() => expect(pids.filter(runs)).toEqual([]), 10_000);
  });

  it('comes with the next lab where its process was killed', async () => {
    const child = new LabChild('testing/hold-lab', {});
    const { name } = await child.next<{ name: string }>();
    child.kill();
    await child.stop();
    expect(await namespacesOf(name)).toHaveLength(2);
    await removeLeftovers();
    expect(await namespacesOf(name)).toEqual([]);
  });
});
