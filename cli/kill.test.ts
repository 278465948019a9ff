import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiClient } from './testing/api-client.js';
import { RunningUp } from './testing/running-up.js';

/** The process of this `up` that runs a command: found by parent and command line, so that nobody else's is meant. */
function childOf(parent: number, command: string): number {
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const [stat, line] = [readProc(name, 'stat'), readProc(name, 'cmdline')];
    const ppid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    if (ppid === parent && line.split('\0').includes(command)) return Number(name);
  }
  throw new Error(`no child ${command} of ${parent}`);
}

/** A file of /proc; empty where the process has just ended. */
function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}

interface Stored {
  readonly id: string;
  readonly sequence: number;
}

const onLinux = process.platform === 'linux';

describe.skipIf(!onLinux)(`kill -9${onLinux ? '' : ' (skipped: it finds processes in /proc)'}`, () => {
  let up: RunningUp;
  let api: ApiClient;

  /** The first test's results, oldest first. */
  async function results(): Promise<Stored[]> {
    const query = '{ tests(first: 1) { nodes { results(first: 200) { nodes { id sequence } } } } }';
    const { tests } = await api.ask<{ tests: { nodes: { results: { nodes: Stored[] } }[] } }>(query);
    return (tests.nodes[0]?.results.nodes ?? []).toReversed();
  }

  /** Waits until there are this many; while the server is away there is no answer, which is not what is waited for. */
  async function untilResults(count: number): Promise<Stored[]> {
    let found: Stored[] = [];
    await expect.poll(async () => (found = await results().catch(() => [])).length, { timeout: 60_000 }).toBeGreaterThanOrEqual(count);
    return found;
  }

  beforeAll(async () => {
    up = await RunningUp.start();
    api = await ApiClient.setUp(up.setupUrl);
  });
  afterAll(async () => up?.remove());

  it('of the server: what it had committed is there, and the agent carries on by itself', { timeout: 120_000 }, async () => {
    const before = await untilResults(2);
    process.kill(childOf(up.pid, 'server'), 'SIGKILL');
    const after = await untilResults(before.length + 2);
    expect(after.slice(0, before.length)).toEqual(before);
    const sequences = after.map(({ sequence }) => sequence);
    // Nothing that was measured while the server was away is missing.
    expect(sequences).toEqual(sequences.map((_, index) => (sequences[0] ?? 0) + index));
  });

  it('of the agent: it comes back as the same agent and measures on', { timeout: 120_000 }, async () => {
    const before = await untilResults(1);
    process.kill(childOf(up.pid, 'agent'), 'SIGKILL');
    await untilResults(before.length + 2);
    const { agents } = await api.ask<{ agents: { totalCount: number; nodes: { name: string; status: string }[] } }>(
      '{ agents { totalCount nodes { name status } } }',
    );
    expect(agents).toEqual({ totalCount: 1, nodes: [{ name: 'local', status: 'ONLINE' }] });
  });
});
