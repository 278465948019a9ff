import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCommand } from './command.js';
import { leftBehind } from './conformance/resources.js';

const { signal } = new AbortController();
const NODE = process.execPath;

describe('a tool of the operating system', () => {
  it('tells what it printed and how it ended, which is no failure', async () => {
    const script = 'console.log("out"); console.error("err"); process.exit(3)';
    expect(await runCommand(NODE, ['-e', script], signal)).toEqual({ stdout: 'out\n', stderr: 'err\n', status: 3 });
  });

  it('gets its arguments as they are: no shell reads them', async () => {
    const hostile = ['$(id)', '; id', '`id`', '* ?', '--', '\'"'];
    const { stdout } = await runCommand(NODE, ['-e', 'console.log(JSON.stringify(process.argv.slice(1)))', '--', ...hostile], signal);
    expect(JSON.parse(stdout)).toEqual(hostile);
  });

  it('speaks English whatever the agent speaks, and does not see its secrets', async () => {
    process.env.STREAMSWARM_TOKEN = 'sse_secret';
    process.env.LANG = 'de_DE.UTF-8';
    const { stdout } = await runCommand(NODE, ['-e', 'console.log(JSON.stringify(process.env))'], signal);
    delete process.env.STREAMSWARM_TOKEN;
    expect(stdout).not.toContain('sse_secret');
    expect(JSON.parse(stdout)).toMatchObject({ LC_ALL: 'C', PATH: process.env.PATH });
    expect(JSON.parse(stdout)).not.toHaveProperty('LANG');
  });

  it('may print more than we keep', async () => {
    const { stdout, status } = await runCommand(NODE, ['-e', 'process.stdout.write("x".repeat(3 << 20))'], signal);
    expect([stdout.length, status]).toEqual([1 << 20, 0]);
  });

  it('is killed at the deadline, even if it would rather go on', async () => {
    const stubborn = ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)'];
    const run = () => runCommand(NODE, stubborn, AbortSignal.timeout(200)).catch((thrown: unknown) => thrown);
    expect(await run()).toMatchObject({ name: 'ProbeFailure', code: 'TIMEOUT' });
    expect(await leftBehind(2, run)).toEqual([]);
  });

  it('that is not installed is told apart from one that may not be run', async () => {
    await expect(runCommand('streamswarm-no-such-tool', [], signal)).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: 'streamswarm-no-such-tool is not installed',
    });
    await expect(runCommand(import.meta.filename, [], signal)).rejects.toMatchObject({ code: 'PERMISSION' });
  });

  it('that cannot be begun, of which Node tells at once, may not be run either', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'command-'));
    const busy = join(folder, 'busy');
    writeFileSync(busy, '#!/bin/sh\n', { mode: 0o755 });
    const written = openSync(busy, 'r+');
    await expect(runCommand(busy, [], signal)).rejects.toMatchObject({
      name: 'ProbeFailure',
      code: 'PERMISSION',
      message: expect.stringContaining('ETXTBSY'),
    });
    closeSync(written);
    rmSync(folder, { recursive: true });
  });
});
