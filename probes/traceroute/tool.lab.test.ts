import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab, labAvailability, needsLab } from '../lab/index.js';
import { findTool } from '../sdk/command.js';
import type { ProbeRun } from '../sdk/run.js';

const RUNNER = fileURLToPath(new URL('../../dist/probes/lab/probe-runner.js', import.meta.url));
/** What is found in PATH for each program to be used. */
const PROGRAMS = { traceroute: ['traceroute'], mtr: ['mtr', 'mtr-packet'] } as const;
type Program = keyof typeof PROGRAMS;
/** Whose packets the first router drops. */
const NOWHERE = '198.18.210.1';
/** Far more than what a busy machine adds to a program's own times, ms. */
const DELAY_MS = 40;
const ROUTERS = ['r1', 'r2', 'r3'];

/** Root as an ordinary user is: no capability of its own, and those that a program brings along. */
const ORDINARY = ['--securebits', '+noroot', '--inh-caps', '-all'];
/** Debian gives mtr's helper the capability that it needs; a container's file system may have lost it. */
const mtrWorks = spawnSync('setpriv', [...ORDINARY, 'mtr', '--raw', '-n', '-c', '1', '127.0.0.1']).status === 0;

/** Command lines of the processes that were started with this in their environment. */
function processesWith(marker: string): string[] {
  return readdirSync('/proc').flatMap((name) => {
    try {
      if (!/^\d+$/.test(name) || !readFileSync(`/proc/${name}/environ`, 'utf8').includes(marker)) return [];
      return readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
    } catch {
      return []; // It has ended since the folder was listed.
    }
  });
}

interface Told {
  readonly reached: boolean;
  readonly hops: readonly {
    readonly addresses: readonly { readonly address: string }[];
    readonly sent: number;
    readonly received: number;
  }[];
}

describe.skipIf(!labAvailability().available)(needsLab('traceroute by programs of the host'), () => {
  let net: Lab;
  let folder: string;
  beforeAll(async () => {
    net = await Lab.chain(['client', ...ROUTERS, 'server'], [{}, { impairments: { forward: { delayMs: DELAY_MS } } }, {}, {}]);
    await net.refuse('r1', 'blackhole', NOWHERE);
    folder = mkdtempSync(join(tmpdir(), 'programs-'));
  });
  afterAll(async () => {
    await net.close();
    rmSync(folder, { recursive: true, force: true });
  });

  type Settings = Record<string, string | number>;
  /** A folder with this program and no other. */
  function only(program: Program): string {
    const path = mkdtempSync(join(folder, program));
    for (const name of PROGRAMS[program]) symlinkSync(findTool(name) ?? `/${name} is not installed`, join(path, name));
    return path;
  }
  /** Runs the probe where this program, and no other, is to be found. */
  async function traceBy(program: Program, target: string, settings: Settings = {}, abortMs?: number): Promise<ProbeRun> {
    const config = {
      probe: 'traceroute',
      target,
      settings: { method: 'tool', rounds: 2, ...settings },
      times: 1,
      blockLoop: false,
      abortMs,
    };
    return run([`PATH=${only(program)}`, process.execPath, RUNNER, JSON.stringify(config)]);
  }
  async function run(command: readonly string[]): Promise<ProbeRun> {
    const { stdout, stderr } = await net.run('client', 'env', command);
    expect(stdout, stderr).not.toBe('');
    return (JSON.parse(stdout) as { run: ProbeRun }).run;
  }
  const told = (run: ProbeRun): Told => run.details as unknown as Told;
  const addressesOf = (run: ProbeRun): (string | undefined)[] => told(run).hops.map(({ addresses }) => addresses[0]?.address);
  const path = (family: 'v4' | 'v6'): string[] => [...ROUTERS, 'server'].map((name) => net.host(name)[family]);

  describe.each(Object.keys(PROGRAMS) as Program[])('%s', (program) => {
    const missing = findTool(program) === undefined;
    it.skipIf(missing).each([
      ['icmp', 'v4'],
      ['icmp', 'v6'],
      ['udp', 'v4'],
      ['udp', 'v6'],
      ['tcp', 'v4'],
      ['tcp', 'v6'],
    ] as const)('finds each hop by %s over %s, and the link that delays', async (mode, family) => {
      const run = await traceBy(program, net.server[family], { mode, ...(mode === 'tcp' ? { port: 9 } : {}) });
      expect(run.error).toBeNull();
      expect(run.method).toMatch(new RegExp(`^${program} program, `));
      expect(addressesOf(run)).toEqual(path(family));
      expect(told(run).hops.map(({ sent, received }) => [sent, received])).toEqual([1, 2, 3, 4].map(() => [2, 2]));
      expect(run.metrics).toMatchObject({ 'traceroute.ok': 1, 'traceroute.hops': 4, 'traceroute.reached': 1 });
      expect(run.metrics['traceroute.rtt.last']).toBeGreaterThan(DELAY_MS);
      expect(run.metrics['traceroute.rtt.largest_step']).toBeGreaterThan(0.6 * DELAY_MS);
      expect(run.absent['traceroute.loss.worst']).toMatch(/60 probes/);
      // What it does not see it does not deny either.
      expect(run.details).not.toHaveProperty('dscpRewrites');
      expect(run.details).not.toHaveProperty('mtuNarrowings');
      expect(run.details).toMatchObject({ absent: { mtuNarrowings: expect.stringContaining(program) as string } });
    });

    it.skipIf(missing)('shows a router that never answers as silent', async () => {
      const mute = ['iif', 'lo', 'to', net.client.v4, 'blackhole', 'priority', '1'];
      await net.run('r2', 'ip', ['rule', 'add', ...mute]);
      const run = await traceBy(program, net.server.v4, { timeoutMs: 500 });
      await net.run('r2', 'ip', ['rule', 'del', ...mute]);
      expect(addressesOf(run)).toEqual([net.host('r1').v4, undefined, net.host('r3').v4, net.server.v4]);
    });

    it.skipIf(missing)('is ended when the run is, with what it started itself', async () => {
      const run = await traceBy(program, NOWHERE, { timeoutMs: 5000 }, 700);
      expect(run.error).toMatchObject({ code: 'TIMEOUT', message: expect.stringContaining(`${program} did not end`) as string });
      await expect.poll(() => processesWith(folder), { timeout: 5000 }).toEqual([]);
    });
  });

  it.skipIf(!mtrWorks)('takes the place of our own sockets where this user may not open them', async () => {
    const config = {
      probe: 'traceroute',
      target: net.server.v4,
      settings: { mode: 'tcp', port: 9, rounds: 2 },
      times: 1,
      blockLoop: false,
    };
    const traced = await run(['setpriv', ...ORDINARY, process.execPath, RUNNER, JSON.stringify(config)]);
    expect(traced.error).toBeNull();
    expect(traced.method).toMatch(/^mtr program, TCP SYN/);
    expect(addressesOf(traced)).toEqual(path('v4'));
  });

  it.skipIf(findTool('traceroute') === undefined)('says where the path ends, and why', async () => {
    await net.refuse('r3', 'prohibit', net.server.v4);
    const run = await traceBy('traceroute', net.server.v4);
    expect(run.error).toMatchObject({ code: 'DENIED', message: expect.stringContaining(net.host('r3').v4) as string });
    expect(run.metrics).toMatchObject({ 'traceroute.reached': 0, 'traceroute.last_ttl': 3 });
  });

  it('says which programs there are not', async () => {
    const config = { probe: 'traceroute', target: net.server.v4, settings: { method: 'tool' }, times: 1, blockLoop: false };
    const { stdout } = await net.run('client', 'env', [`PATH=${folder}`, process.execPath, RUNNER, JSON.stringify(config)]);
    const { run } = JSON.parse(stdout) as { run: ProbeRun };
    expect(run.error).toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringMatching(/traceroute is not installed.*mtr is not installed/) as string,
    });
  });
});
