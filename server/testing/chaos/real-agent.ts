import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../../config.js';
import type { Absence } from './fleet.js';

/** A line of the agent's log. */
interface Said {
  readonly time: number;
  readonly msg: string;
  readonly agentId?: string;
  readonly result?: string;
}

/** The real agent with its test probes, compiled, in a process of its own: its outbox, its WebSocket and its back-off. What it does is told by its log. */
export class RealAgent {
  /** Ids of the results that it has on its disk, or has sent. */
  readonly kept: string[] = [];
  /** When it was without a server, each time until one had answered its heartbeat. */
  readonly away: Absence[] = [];
  private lostAt: number | undefined;
  private readonly lines: string[] = [];

  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    private registered: (agentId: string) => void,
  ) {
    if (child.stderr) createInterface({ input: child.stderr }).on('line', (line) => this.hear(line));
  }

  /** Starts it; resolves with its id when it is registered. @throws Error when it ends instead */
  static async start(url: string, token: string, name: string): Promise<{ readonly agent: RealAgent; readonly id: string }> {
    const folder = await mkdtemp(join(tmpdir(), 'streamswarm-real-agent-'));
    const environment = { STREAMSWARM_SERVER: url, STREAMSWARM_TOKEN: token, STREAMSWARM_DATA: folder, STREAMSWARM_NAME: name };
    const child = spawn(process.execPath, [join(packageRoot(), 'dist/agent/testing/agent-process.js')], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    return new Promise((resolve, reject) => {
      const agent: RealAgent = new RealAgent(child, folder, (id) => resolve({ agent, id }));
      child.once('exit', () => reject(new Error(`the agent ended: ${agent.lines.join('\n')}`)));
    });
  }

  /** Has it send what it still has, and ends it. */
  async end(): Promise<void> {
    // Still away at the end counts too.
    if (this.lostAt !== undefined) this.away.push({ from: this.lostAt, to: Date.now() });
    await this.gone('SIGTERM');
  }

  /** Ends it at once and removes what it has. */
  async remove(): Promise<void> {
    await this.gone('SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }

  private async gone(signal: NodeJS.Signals): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'close');
    this.child.kill(signal);
    await gone;
  }

  private hear(line: string): void {
    this.lines.push(line);
    if (this.lines.length > 100) this.lines.shift();
    const said = saidIn(line);
    if (said?.msg === 'registered' && said.agentId !== undefined) this.registered(said.agentId);
    if (said?.msg === 'result kept' && said.result !== undefined) this.kept.push(said.result);
    if (said?.msg.startsWith('no connection to the server')) this.lostAt ??= said.time;
    if (said?.msg === 'connected to the server again' && this.lostAt !== undefined) {
      this.away.push({ from: this.lostAt, to: said.time });
      this.lostAt = undefined;
    }
  }
}

/** Undefined for what is no log line, such as a warning of Node's. */
function saidIn(line: string): Said | undefined {
  try {
    return JSON.parse(line) as Said;
  } catch {
    return undefined;
  }
}
