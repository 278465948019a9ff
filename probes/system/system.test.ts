import { execFileSync } from 'node:child_process';
import { readFileSync, statfsSync } from 'node:fs';
import { cpus, totalmem, uptime } from 'node:os';
import { beforeAll, describe, expect, it } from 'vitest';
import { testProbe } from '../sdk/conformance.js';
import { contextFor } from '../sdk/conformance/check.js';
import type { Cycle, Json, ProbeContext } from '../sdk/probe.js';
import { runProbe, type ProbeRun } from '../sdk/run.js';
import { parseTarget } from '../sdk/target.js';
import probe from './index.js';

const LINUX = process.platform === 'linux';
const target = () => parseTarget('localhost');
const cycle: Cycle = { sendSlipsMs: [], receiveDrops: 0 };

/** What a first run left, so that the others need not wait a second for their rates. */
let warm: Json | undefined;

async function runSystem(settings: object = {}, overrides: Partial<ProbeContext> = {}): Promise<ProbeRun> {
  return runProbe(probe, settings, await contextFor(probe, { target }, { memory: warm, ...overrides }));
}

beforeAll(async () => {
  warm = (await runSystem()).memory;
});

const value = (run: ProbeRun, id: string): number => run.metrics[id] ?? Number.NaN;

testProbe(probe, { target, signed: ['clock.offset', 'agent.schedule_lag', 'agent.send_slip.p95'] }, { describe, it });

describe('what the host tells others', () => {
  it('is what it tells us: memory, cores, disk and uptime', async () => {
    const run = await runSystem();
    const { bsize, blocks } = statfsSync('/');
    expect(value(run, 'memory.total')).toBe(totalmem());
    expect(value(run, 'cpu.cores')).toBe(cpus().length);
    expect(value(run, 'disk.total')).toBe(bsize * blocks);
    expect(value(run, 'host.uptime')).toBeCloseTo(uptime() / 3600, 2);
    expect(value(run, 'memory.used') + value(run, 'memory.available')).toBe(value(run, 'memory.total'));
  });

  it.runIf(LINUX)('agrees with free, df and ps', async () => {
    const run = await runSystem();
    const free =
      execFileSync('free', ['-b'], { encoding: 'utf8' })
        .match(/^Mem:\s+(.+)$/m)?.[1]
        ?.split(/\s+/)
        .map(Number) ?? [];
    const df = execFileSync('df', ['-B1', '--output=used', '/'], { encoding: 'utf8' }).split('\n')[1];
    const processes = execFileSync('ps', ['-e', '-o', 'pid='], { encoding: 'utf8' }).trim().split('\n').length;
    expect(value(run, 'memory.total')).toBe(free[0]);
    expect(Math.abs(value(run, 'memory.available') - (free[5] ?? 0))).toBeLessThan(totalmem() * 0.05);
    expect(Math.abs(value(run, 'disk.used') - Number(df))).toBeLessThan(value(run, 'disk.total') * 0.01);
    expect(Math.abs(value(run, 'process.count') - processes)).toBeLessThan(25);
  });

  it.runIf(LINUX)('are the interrupts and context switches that the kernel counted meanwhile', async () => {
    const switches = () => Number(/^ctxt (\d+)$/m.exec(readFileSync('/proc/stat', 'latin1'))?.[1]);
    const [before, run, after] = [switches(), await runSystem({}, { memory: undefined }), switches()];
    expect(value(run, 'cpu.context_switches')).toBeGreaterThan(0);
    expect(value(run, 'cpu.context_switches') * 0.99).toBeLessThanOrEqual(after - before);
  });
});

describe('a run after another one', () => {
  const left = (run: ProbeRun) => JSON.parse(String(run.memory)) as { at: number; kernel: { contextSwitches: number } };

  it('makes its rates since the previous reading, without waiting for a second one', async () => {
    const earlier = left(await runSystem());
    earlier.at -= 100_000;
    const second = await runSystem({}, { memory: JSON.stringify(earlier) });
    const now = left(second);
    const rate = (now.kernel.contextSwitches - earlier.kernel.contextSwitches) / ((now.at - earlier.at) / 1000);
    expect(value(second, 'cpu.context_switches')).toBeCloseTo(rate, 1);
  });

  it.each([
    ['of another start of the system', { boot: 'another' }],
    ['of a later time, which cannot be', { at: Number.MAX_SAFE_INTEGER }],
    ['of another version’s shape', { cpu: 'text' }],
  ])('makes nothing of a reading %s', async (_, change) => {
    const odd = { ...left(await runSystem()), ...change };
    const run = await runSystem({}, { memory: JSON.stringify(odd) });
    expect(run.status).toBe('OK');
    expect(value(run, 'cpu.utilization')).toBeLessThanOrEqual(100);
  });

  it.each([
    ['no JSON', '{'],
    ['what an older version left', { reading: {} }],
  ])('makes nothing of %s', async (_, memory) => {
    expect((await runSystem({}, { memory })).status).toBe('OK');
  });

  it('takes what another test has just seen of the host, where that is later than its own reading', async () => {
    const long = left(await runSystem());
    const ago = (ms: number): string => JSON.stringify({ ...long, at: long.at - ms });
    const [one, other] = [await runSystem({}, { memory: ago(5000) }), await runSystem({}, { memory: ago(6000) })];
    expect(left(other).at).toBe(left(one).at);
    const again = await runSystem({}, { memory: other.memory });
    expect(left(again).at).toBeGreaterThan(left(other).at);
  });

  it('has the details of the run before, since they are dear', async () => {
    const [first, second] = [await runSystem(), await runSystem()];
    expect(second.details).toEqual(first.details);
  });
});

describe('what the agent knows of itself', () => {
  it('is reported with its bound', async () => {
    const told: Cycle = {
      scheduleLagMs: 2.5,
      clock: { offsetMs: -3, errorMs: 0.75 },
      clockSteps: 1,
      sendSlipsMs: [0.1, 0.3, 0.2],
      receiveDrops: 4,
    };
    const run = await runSystem({}, { cycle: told });
    expect(run.metrics).toMatchObject({
      'agent.schedule_lag': 2.5,
      'agent.send_slip.p95': 0.3,
      'agent.receive_drops': 4,
      'clock.offset': -3,
      'clock.steps': 1,
    });
    expect(run.errorBounds).toEqual({ 'clock.offset': 0.75 });
  });

  it('is absent with a reason where nobody told it', async () => {
    const { absent } = await runSystem({}, { cycle });
    expect(absent).toMatchObject({
      'agent.schedule_lag': 'the run belongs to no schedule',
      'agent.receive_drops': 'no probe of this cycle counted packets',
      'clock.offset': 'the offset is unknown before the first exchange with a server',
    });
  });

  it('is no drop where packets were counted and none was dropped', async () => {
    expect((await runSystem({}, { cycle: { sendSlipsMs: [0.1], receiveDrops: 0 } })).metrics['agent.receive_drops']).toBe(0);
  });
});

describe('the settings', () => {
  it('choose the file system, and say why one cannot be read', async () => {
    const { absent, metrics } = await runSystem({ diskPath: '/no/such/place' });
    expect(absent['disk.used']).toBe('the file system of /no/such/place cannot be read (ENOENT)');
    expect(metrics['memory.total']).toBe(totalmem());
  });

  it.runIf(LINUX)('choose the interfaces that are counted', async () => {
    const run = await runSystem({ interfaces: ['lo'] }, { memory: undefined });
    expect(run.flow).toMatchObject({ interfaces: ['lo'] });
    const none = await runSystem({ interfaces: ['nosuch0'] });
    expect(none.absent['net.sent']).toBe('this host shows no network interface');
  });

  it('choose how many processes are listed', async () => {
    const run = await runSystem({ topProcesses: 2 }, { memory: undefined });
    expect(run.details).toMatchObject({ processes: { byCpu: { length: 2 }, byMemory: { length: 2 } } });
    const none = await runSystem({ topProcesses: 0 }, { memory: undefined });
    expect(none.details).toMatchObject({ processes: { byCpu: [], byMemory: [] } });
  });
});
