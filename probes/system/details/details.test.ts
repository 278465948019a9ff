import { networkInterfaces } from 'node:os';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { readLinux } from '../linux.js';
import { HostDetails } from './index.js';
import { linuxInterfaces, positiveOrNull } from './interfaces.js';
import { parseCpuMax, parseGroup, parseMax, parseMount, parseThrottled } from './limits.js';
import { heaviest, parseProcessStat, scanProcesses, timesOf } from './processes.js';

const LINUX = process.platform === 'linux';

describe('the limits of a container', () => {
  it('are found in the second version’s hierarchy, pure or beside the first', () => {
    expect(parseMount('proc /proc proc rw 0 0\ncgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\n')).toBe('/sys/fs/cgroup');
    expect(parseMount('cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\n')).toBeUndefined();
    expect(parseGroup('4:memory:/x\n0::/system.slice/agent.service\n')).toBe('/system.slice/agent.service');
    expect(parseGroup('4:memory:/x\n')).toBeUndefined();
  });

  it('are cores, bytes and processes, or none', () => {
    expect(parseCpuMax('150000 100000\n')).toBe(1.5);
    expect(parseCpuMax('max 100000\n')).toBeNull();
    expect(parseMax('536870912\n')).toBe(536_870_912);
    expect(parseMax('max\n')).toBeNull();
  });

  it('say how often they were felt, once there was a period', () => {
    expect(parseThrottled('usage_usec 1\nnr_periods 200\nnr_throttled 50\n')).toBe(25);
    expect(parseThrottled('usage_usec 1\nnr_periods 0\nnr_throttled 0\n')).toBeNull();
    expect(parseThrottled('usage_usec 1\n')).toBeNull();
  });
});

describe('a process', () => {
  const line = '77 (odd ) name (x)) S 1 77 77 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 1 0 4242 1000000 2500 18446744073709551615 0';

  it('may have spaces and brackets in its name', () => {
    expect(parseProcessStat(line)).toEqual({ pid: 77, name: 'odd ) name (x)', ticks: 300, key: '77:4242', pages: 2500 });
  });

  it('has its share of all cores since the earlier look, or since it began', () => {
    const process = parseProcessStat(line);
    const younger = { ...process, key: '78:5000', ticks: 30 };
    const earlier = { total: 1_000, ticks: { '77:4242': 200, '78:1': 9_999 } };
    expect(heaviest([younger, process], earlier, 2_000, 5).byCpu.map(({ cpuPercent }) => cpuPercent)).toEqual([10, 3]);
  });

  it.runIf(LINUX)('that works is the heaviest one, under the name and the user that ps gives', async () => {
    const before = timesOf(scanProcesses(), 0);
    const busy = spawn('sh', ['-c', 'echo started; while :; do :; done'], { stdio: ['ignore', 'pipe', 'ignore'] });
    await once(busy.stdout, 'data');
    const ticks = () => scanProcesses().find(({ pid }) => pid === busy.pid)?.ticks ?? 0;
    while (ticks() < 20) await new Promise((resolve) => setImmediate(resolve));
    const own = heaviest(scanProcesses(), before, 100, 10).byCpu.find(({ pid }) => pid === busy.pid);
    const ps = execFileSync('ps', ['-o', 'comm=,user=', '-p', String(busy.pid)], { encoding: 'utf8' })
      .trim()
      .split(/\s+/);
    busy.kill('SIGKILL');
    await once(busy, 'exit');
    expect([own?.name, own?.user]).toEqual(ps);
    expect(own?.cpuPercent).toBeGreaterThanOrEqual(20);
  });

  it.runIf(LINUX)('has the resident memory that it sees itself', () => {
    const own = heaviest(scanProcesses(), { total: 0, ticks: {} }, 100, 500).byMemory.find(({ pid }) => pid === process.pid);
    const rss = process.memoryUsage.rss();
    expect(own?.memoryBytes).toBeGreaterThan(rss * 0.8);
    expect(own?.memoryBytes).toBeLessThan(rss * 1.25);
  });
});

describe('interfaces', () => {
  it('have no speed where the kernel says -1 or nothing', () => {
    expect([positiveOrNull('1000'), positiveOrNull('-1'), positiveOrNull(undefined), positiveOrNull('')]).toEqual([1000, null, null, null]);
  });

  it.runIf(LINUX)('have the addresses that the system’s own call tells', () => {
    const loopback = linuxInterfaces().find(({ name }) => name === 'lo');
    expect(loopback?.addresses).toEqual((networkInterfaces().lo ?? []).map(({ cidr }) => cidr));
    expect(loopback).toMatchObject({ speedMbps: null, driver: null });
  });
});

describe.runIf(LINUX)('what is not one number', () => {
  const reading = () => readLinux([]).reading;
  const patient = new AbortController().signal;

  it('is kept for a minute', async () => {
    let now = 1000;
    const details = new HostDetails(() => now);
    const ask = async () => (await details.current(reading(), { topProcesses: 0 }, patient))?.sampledAt;
    details.begin(reading(), { topProcesses: 0 });
    const first = await ask();
    now += 59_000;
    expect(await ask()).toBe(first);
    now += 2000;
    await new Promise((resolve) => setTimeout(resolve, 2)); // its time has steps of a millisecond
    expect(await ask()).not.toBe(first);
  });

  it('is looked up again soon where the heaviest processes could not be told yet', async () => {
    let now = 1000;
    const details = new HostDetails(() => now);
    const ask = async (at: ReturnType<typeof reading>) => (await details.current(at, { topProcesses: 1 }, patient))?.processes;
    const begin = reading();
    details.begin(begin, { topProcesses: 1 });
    expect(await ask(begin)).toEqual({ byCpu: [], byMemory: [] });
    now += 1000;
    const later = { ...begin, cpu: { ...begin.cpu, idle: (begin.cpu?.idle ?? 0) + 100 } };
    expect(await ask(later)).toMatchObject({ byCpu: { length: 1 }, byMemory: { length: 1 } });
  });
});
