import { spawn, type ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assignment } from './testing/assignments.js';
import { TestServer } from './testing/test-server.js';

const PROGRAM = fileURLToPath(new URL('../dist/agent/testing/agent-process.js', import.meta.url));

/** An agent's process, and the ids of the results that it has said to have kept. */
class AgentProcess extends EventEmitter {
  readonly kept: string[] = [];
  readonly exited: Promise<unknown>;
  readonly #process: ChildProcess;

  constructor(server: TestServer, data: string) {
    super();
    const env = { ...process.env, STREAMSWARM_SERVER: server.url, STREAMSWARM_TOKEN: 'sse_token', STREAMSWARM_DATA: data };
    this.#process = spawn(process.execPath, [PROGRAM], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    this.exited = once(this.#process, 'exit');
    const { stderr } = this.#process;
    if (stderr) createInterface({ input: stderr }).on('line', (line) => this.#hear(line));
  }

  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<unknown> {
    this.#process.kill(signal);
    return this.exited;
  }

  async untilKept(count: number): Promise<void> {
    while (this.kept.length < count) await once(this, 'kept');
  }

  #hear(line: string): void {
    const { msg, result } = JSON.parse(line) as { msg: string; result?: string };
    if (msg !== 'result kept' || result === undefined) return;
    this.kept.push(result);
    this.emit('kept');
  }
}

describe('An agent that is killed', () => {
  let server: TestServer;
  let data: string;

  beforeEach(async () => {
    server = await TestServer.start();
    data = mkdtempSync(join(tmpdir(), 'crash-'));
    server.assign(...['a', 'b', 'c'].map((testId) => assignment(testId, { schedule: { intervalSeconds: 0.1 } })));
  });

  afterEach(async () => {
    await server.goAway();
    rmSync(data, { recursive: true });
  });

  it('loses no result that it had kept, and registers no second time', async () => {
    const first = new AgentProcess(server, data);
    await first.untilKept(5);
    await server.goAway();
    await first.untilKept(30);
    await first.kill('SIGKILL');
    await server.comeBack();
    const second = new AgentProcess(server, data);
    await server.until('submitted', () => first.kept.every((id) => server.results.has(id)));
    await second.kill('SIGTERM');
    expect(second.kept.every((id) => server.results.has(id))).toBe(true);
    expect(server.registrations).toHaveLength(1);
  });

  it('ends by itself on SIGTERM', async () => {
    const agent = new AgentProcess(server, data);
    await agent.untilKept(1);
    expect(await agent.kill('SIGTERM')).toEqual([0, null]);
    expect(agent.kept.every((id) => server.results.has(id))).toBe(true);
  });
});
