import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { builtInProbes } from '../../probes/registry.js';

const PROGRAM = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const SLEEPER = fileURLToPath(new URL('../../dist/agent/testing/probes/sleeper', import.meta.url));

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

function streamswarm(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, ...args], (error, stdout, stderr) => {
      resolve({ status: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

describe('streamswarm probe', () => {
  it('prints one JSON object and ends with 0 when the measurement succeeded', async () => {
    const { status, stdout } = await streamswarm('probe', SLEEPER, '127.0.0.1', '--json');
    const output: unknown = JSON.parse(stdout);
    expect(output).toMatchObject({
      probe: 'sleeper',
      target: '127.0.0.1',
      status: 'OK',
      method: 'sleeping',
      error: null,
      absent: {},
      errorBounds: {},
    });
    expect(output).toMatchObject({ metrics: { 'sleeper.ok': 1, 'sleeper.runs': 1 }, distributions: {}, details: null });
    expect(output).toHaveProperty('startedAt');
    expect(output).toHaveProperty('durationMs');
    expect(status).toBe(0);
  });

  it('ends with 1 and tells the cause when the measurement failed', async () => {
    const { status, stdout } = await streamswarm('probe', SLEEPER, '127.0.0.1', '--json', '--settings', '{"fails": true}');
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'FAILED',
      error: { code: 'REFUSED', message: 'the target refused' },
      metrics: { 'sleeper.ok': 0 },
    });
    expect(status).toBe(1);
  });

  it('prints a table without --json', async () => {
    const { stdout } = await streamswarm('probe', SLEEPER, '127.0.0.1');
    expect(stdout).toMatch(/^Sleeper 127\.0\.0\.1: OK in [\d.]+ ms by sleeping\n/);
    expect(stdout).toMatch(/sleeper\.runs +1 .*Runs/);
  });

  it.each([
    ['an unknown probe', ['pong', '127.0.0.1'], new RegExp(`pong.*ours are ${builtInProbes.join(', ')}`, 's')],
    ['a target that is none', [SLEEPER, 'a b'], /target "a b" is not valid: write host/],
    ['a target that only a server knows', [SLEEPER, 'agent:7'], /give its host instead/],
    ['settings that are no JSON', [SLEEPER, '127.0.0.1', '--settings', '{count'], /--settings is not valid JSON.*write an object/],
    ['a setting of the wrong type', [SLEEPER, '127.0.0.1', '--settings', '{"ms": "long"}'], /ms: .*expected number/],
    ['an unknown setting', [SLEEPER, '127.0.0.1', '--settings', '{"mss": 1}'], /mss/],
    ['a missing target', [SLEEPER], /missing required argument 'target'/],
  ])('ends with 2 for %s, and says on standard error what is wrong', async (_what, args, message) => {
    const { status, stdout, stderr } = await streamswarm('probe', ...args);
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });
});

describe('streamswarm doctor', () => {
  it('tells of each probe whether and how this host can measure, and how to allow the rest', async () => {
    const heavyweight = SLEEPER.replace(/sleeper$/, 'heavyweight');
    const { status, stdout } = await streamswarm('doctor', '--json', '--plugin', heavyweight, '--plugin', SLEEPER);
    const { probes } = JSON.parse(stdout) as { probes: { probe: string; available: boolean }[] };
    expect(probes.map(({ probe }) => probe)).toEqual([...builtInProbes, 'heavyweight', 'sleeper']);
    expect(probes).toContainEqual(expect.objectContaining({ probe: 'heavyweight', available: false, remedy: 'bring something heavy' }));
    expect(probes).toContainEqual(expect.objectContaining({ probe: 'sleeper', available: true, method: 'sleeping' }));
    expect(status).toBe(0);
  });

  it('prints the same for people', async () => {
    const { stdout } = await streamswarm('doctor', '--plugin', SLEEPER);
    expect(stdout).toMatch(/yes {2}sleeper \(Sleeper\): sleeping/);
  });
});
