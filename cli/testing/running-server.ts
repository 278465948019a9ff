import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { programPath } from '../program.js';

/** What a command line printed, and how it ended. */
export interface Ran {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the compiled command line to its end; `input` goes to its stdin. */
export async function runProgram(args: readonly string[], input = '', env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const child = spawn(process.execPath, [programPath(), ...args], { env: { ...process.env, DATABASE_URL: '', ...env } });
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.err += text));
  child.stdin.end(input);
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, ...said };
}

/** `streamswarm server` as a process of its own, on a free port and a new data folder. */
export class RunningServer {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    /** The one-time link of the first start. */
    readonly setupUrl: string,
  ) {}

  /** Starts it and waits until it listens. */
  static async start(data: string): Promise<RunningServer> {
    const args = [programPath(), 'server', '--port', '0', '--data', data, '--log-level', 'error'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, DATABASE_URL: '' } });
    let url: string | undefined;
    for await (const line of createInterface({ input: child.stdout })) {
      url ??= /listens on (\S+)/.exec(line)?.[1];
      const setupUrl = /First start: .*(http\S+\/setup#token=\S+)/.exec(line)?.[1];
      if (url !== undefined && setupUrl !== undefined) return new RunningServer(child, url, setupUrl);
    }
    throw new Error('the server ended before it listened');
  }

  /** Ends it in order. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await exited;
  }
}
