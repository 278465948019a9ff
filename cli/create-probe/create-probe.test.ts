import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadProbe } from '../../probes/registry.js';
import { runProgram } from '../testing/running-server.js';

let base: string;
beforeAll(() => void (base = mkdtempSync(join(tmpdir(), 'create-probe-'))));
afterAll(() => rmSync(base, { recursive: true, force: true }));

describe('create-probe', () => {
  it('makes a probe that passes the suite of every probe as it is', async () => {
    const made = await runProgram(['create-probe', 'tide-gauge', '--in', base]);
    expect(made).toMatchObject({ status: 0, err: '' });
    const folder = join(base, 'tide-gauge');
    expect(made.out).toContain(`streamswarm agent --plugin ${folder}`);
    const { status, stdout } = spawnSync(process.execPath, ['--test'], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    expect(stdout).toMatch(/^# fail 0$/m);
    expect(Number(/^# pass (\d+)$/m.exec(stdout)?.[1])).toBeGreaterThan(10);
    expect(status).toBe(0);
  });

  it('makes one that agents load, and the command line runs', async () => {
    const probe = await loadProbe('./tide-gauge', base);
    expect(probe.metrics.map(({ id }) => id)).toEqual(['tide-gauge.ok', 'tide-gauge.connect']);
    const run = await runProgram(['probe', join(base, 'tide-gauge'), '127.0.0.1:1', '--json']);
    expect(run.status).toBe(1);
    expect(JSON.parse(run.out)).toMatchObject({ probe: 'tide-gauge', error: { code: 'REFUSED' } });
  });

  it.each([
    ['Tide', /no name for a probe: use up to 40 lower case letters/],
    ['../tide', /no name for a probe/],
    ['a'.repeat(41), /no name for a probe/],
    ['ping', /one of our own probes: choose another/],
    ['cpu', /first word of the metrics, of one of our own probes/],
  ])('refuses the name %s', async (name, message) => {
    const before = readdirSync(base);
    const { status, err } = await runProgram(['create-probe', name, '--in', base]);
    expect(status).toBe(2);
    expect(err).toMatch(message);
    expect(readdirSync(base)).toEqual(before);
  });

  it('leaves what is there alone', async () => {
    mkdirSync(join(base, 'mine'));
    const { status, err } = await runProgram(['create-probe', 'mine', '--in', base]);
    expect(status).toBe(2);
    expect(err).toContain('is there already: choose another name, or another place with --in');
    expect(existsSync(join(base, 'mine', 'index.js'))).toBe(false);
  });

  it('explains itself', async () => {
    const { status, out } = await runProgram(['create-probe', '--help']);
    expect(status).toBe(0);
    expect(out).toContain('--in <folder>');
  });
});
