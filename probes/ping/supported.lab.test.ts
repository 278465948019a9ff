import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab, labAvailability, needsLab } from '../lab/index.js';
import { findTool } from '../sdk/command.js';
import type { Support } from '../sdk/probe.js';
import type { ProbeRun } from '../sdk/run.js';

const PROBE = fileURLToPath(new URL('../../dist/probes/ping/index.js', import.meta.url));
const RUNNER = fileURLToPath(new URL('../../dist/probes/lab/probe-runner.js', import.meta.url));
const TELL = `const { default: ping } = await import(${JSON.stringify(PROBE)}); console.log(JSON.stringify(await ping.supported()))`;
/** Root as an ordinary user is: no capability of its own, and those that a program brings along. */
const ORDINARY = ['--securebits', '+noroot', '--inh-caps', '-all'];
/** As in a container that takes this one away from everybody: a program that brings it along is not even begun (EPERM). */
const IN_CONTAINER = [...ORDINARY, '--bounding-set', '-net_raw'];
const HANDSHAKES = /TCP handshakes/;

describe.skipIf(!labAvailability().available)(needsLab('a host without ICMP sockets'), () => {
  let net: Lab;
  beforeAll(async () => {
    net = await Lab.chain(['client', 'server']);
    await net.run('client', 'sh', ['-c', 'echo "1 0" > /proc/sys/net/ipv4/ping_group_range']);
  });
  afterAll(() => net.close());

  async function node<T>(privileges: readonly string[], args: readonly string[]): Promise<T> {
    const { stdout, stderr } = await net.run('client', 'setpriv', [...privileges, process.execPath, ...args]);
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout) as T;
  }
  const supportOf = (privileges: readonly string[]): Promise<Support> => node(privileges, ['--input-type=module', '--eval', TELL]);

  async function methodOf(privileges: readonly string[]): Promise<string> {
    const target = `${net.server.v4}:9`;
    const config = { probe: 'ping', target, settings: { count: 2, intervalMs: 200 }, times: 1, blockLoop: false };
    return (await node<{ run: ProbeRun }>(privileges, [RUNNER, JSON.stringify(config)])).run.method;
  }

  it('does not promise a program that cannot start, and says why', async () => {
    const support = await supportOf(IN_CONTAINER);
    expect(support).toMatchObject({ available: true, method: expect.stringMatching(HANDSHAKES) as string });
    const reason = support.available ? support.limitations?.find(({ what }) => what === 'ICMP echo')?.reason : undefined;
    for (const name of ['fping', 'ping']) expect(reason).toContain(findTool(name) === undefined ? `${name} is not installed` : name);
    expect(await methodOf(IN_CONTAINER)).toMatch(HANDSHAKES);
  });

  it('promises the program that a run then takes', async () => {
    const support = await supportOf(ORDINARY);
    const [promised = ''] = (support.available ? support.method : '').split(' program');
    // Where no program brings the capability along there is none to promise.
    expect(await methodOf(ORDINARY)).toMatch(new RegExp(`^(?:own )?${promised}`));
  });
});
