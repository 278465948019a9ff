import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kernelAvailability } from '../probes/kernel/libc.js';
import { loadProbe } from '../probes/registry.js';
import { runProbe, type ProbeRun } from '../probes/sdk/run.js';
import { parseTarget } from '../probes/sdk/target.js';
import type { AgentConfig } from './config.js';
import { startAgent } from './main.js';
import { TEST_PLUG_INS } from './testing/plug-ins.js';
import { TestServer } from './testing/test-server.js';

const KEY = 'a-key-that-both-ends-know';
const kernel = kernelAvailability();
const why = kernel.available ? '' : ` (skipped: ${kernel.reason})`;

describe.skipIf(!kernel.available)(`an agent with a reflector${why}`, () => {
  let server: TestServer;
  let data: string;
  let logged: string[];

  beforeEach(async () => {
    server = await TestServer.start();
    data = mkdtempSync(join(tmpdir(), 'agent-'));
    logged = [];
  });

  afterEach(async () => {
    await server.goAway();
    rmSync(data, { recursive: true });
  });

  const log = () => pino({ level: 'info' }, { write: (line: string) => void logged.push(line) });
  const config = (reflector?: AgentConfig['reflector']): AgentConfig => ({
    ...{ server: server.url, token: 'sse_token', name: 'lab', data, logLevel: 'info', plugins: TEST_PLUG_INS, workers: 1 },
    ...{ maxOutboxBytes: 2 ** 20, reflector },
  });

  /** The port that the log tells, of the one opened last. */
  function listening(): number {
    return Number(logged.flatMap((line) => /"listens":"127\.0\.0\.1:(\d+)"/.exec(line)?.[1] ?? []).at(-1));
  }

  async function measure(port: number, reflectorKey: string, timeoutMs: number): Promise<ProbeRun> {
    const settings = { reflectorPort: port, reflectorKey, timeoutMs, attempts: 1, mss: false, largestBytes: 9_000 };
    const signal = AbortSignal.timeout(20_000);
    const cycle = { sendSlipsMs: [], receiveDrops: 0 };
    const context = { target: parseTarget('127.0.0.1'), signal, deadline: performance.now() + 20_000, seed: 'a', cycle };
    return runProbe(await loadProbe('mtu'), settings, context);
  }

  it('answers who knows its key, and tells in heartbeats how often it did and did not', async () => {
    const agent = await startAgent(config({ address: '127.0.0.1', port: 0, key: KEY }), { log: log() });
    try {
      const port = listening();
      expect((await measure(port, KEY, 5_000)).metrics['mtu.path.reverse']).toBe(9_000);
      expect((await measure(port, 'some-other-key-than-that', 300)).absent['mtu.path.reverse']).toMatch(/no reflector answered/);
      await server.until('heartbeat', () => Number(server.heartbeats.at(-1)?.system.reflectorRefused) === 1);
      expect(server.heartbeats.at(-1)?.system.reflectorAnswered).toBeGreaterThanOrEqual(3);
      expect(logged.join()).not.toContain(KEY);
    } finally {
      await agent.stop();
    }
  });

  it('runs none unless it is told to', async () => {
    const agent = await startAgent(config(), { log: log() });
    await server.until('heartbeat', () => server.heartbeats.length > 0);
    await agent.stop();
    expect(server.heartbeats.at(-1)?.system).not.toHaveProperty('reflectorAnswered');
    expect(logged.join()).not.toContain('answers STAMP packets');
  });

  it('does not start where it cannot listen, says why, and leaves nothing behind', async () => {
    const first = await startAgent(config({ address: '127.0.0.1', port: 0, key: KEY }), { log: log() });
    const port = listening();
    await first.stop();
    const again = await startAgent(config({ address: '127.0.0.1', port, key: KEY }), { log: log() });
    const elsewhere = { ...config({ address: '127.0.0.1', port, key: KEY }), data: join(data, 'second') };
    await expect(startAgent(elsewhere, { log: log() })).rejects.toThrow(
      `cannot listen on 127.0.0.1:${port}: another program has that port`,
    );
    await again.stop();
    const second = await startAgent(elsewhere, { log: log() });
    await second.stop();
  });
});
