import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { programPath } from '../program.js';

/** `streamswarm up` as a process of its own, in a folder of its own, on a free port. */
export class RunningUp {
  readonly output: string[] = [];
  #process: ChildProcess | undefined;

  private constructor(readonly data: string) {}

  /** Starts it and waits until it has said where to look. */
  static async start(args: readonly string[] = []): Promise<RunningUp> {
    const running = new RunningUp(await mkdtemp(join(tmpdir(), 'streamswarm-up-')));
    await running.#start('0', args);
    return running;
  }

  /** Starts it again on the same data and port. */
  async restart(args: readonly string[] = []): Promise<void> {
    const { port } = new URL(this.url);
    await this.#start(port, args);
  }

  async #start(port: string, args: readonly string[]): Promise<void> {
    this.output.length = 0;
    const child = spawn(process.execPath, [programPath(), 'up', '--port', port, '--data', this.data, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    const ready = new Promise<void>((resolve, reject) => {
      const read = (line: string): void => {
        this.output.push(line);
        if (line.includes('Stop ')) resolve();
      };
      createInterface({ input: child.stdout }).on('line', read);
      createInterface({ input: child.stderr }).on('line', read);
      child.once('exit', (code) => reject(new Error(`up ended with status ${code}:\n${this.output.join('\n')}`)));
    });
    await ready;
  }

  /** Its process id. */
  get pid(): number {
    const pid = this.#process?.pid;
    if (pid === undefined) throw new Error('up does not run');
    return pid;
  }

  /** The address of the dashboard. */
  get url(): string {
    return this.#find(/Dashboard\s+(\S+)/);
  }

  /** The one-time link of the first start. */
  get setupUrl(): string {
    return this.#find(/(http\S+\/setup#token=\S+)/);
  }

  /** Ends it as Ctrl-C would; gives its exit status. */
  async stop(): Promise<number | null> {
    const child = this.#process;
    if (!child || child.exitCode !== null) return child?.exitCode ?? null;
    const exited = once(child, 'exit');
    child.kill('SIGINT');
    const [status] = (await exited) as [number | null];
    return status;
  }

  /** Ends it and removes its folder. */
  async remove(): Promise<void> {
    await this.stop();
    await rm(this.data, { recursive: true, force: true });
  }

  #find(pattern: RegExp): string {
    const found = pattern.exec(this.output.join('\n'))?.[1];
    if (!found) throw new Error(`${pattern} is not in what up printed:\n${this.output.join('\n')}`);
    return found;
  }
}
