import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { programPath } from './program.js';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** A child that ran this long had recovered: the next restart is quick again. */
const RECOVERED_MS = 60_000;
/** How long a child may take to end cleanly before it is killed. */
const GRACE_MS = 15_000;

/** What a child is started with; made anew for each start, since a port or a token may have changed. */
export interface ChildStart {
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** A `streamswarm` command that runs as a child of `up`, and is started again, with growing pauses, when it dies. */
export class SupervisedChild {
  #process: ChildProcess | undefined;
  #stopping = false;
  #pauseMs = FIRST_PAUSE_MS;
  #restart: NodeJS.Timeout | undefined;

  constructor(
    readonly name: string,
    private readonly prepare: () => Promise<ChildStart>,
    private readonly onMessage: (message: unknown) => void,
    /** Called when the child has ended by itself; returns whether to start it again. */
    private readonly onExit: (status: string) => boolean,
  ) {}

  /** Starts the child; it then runs until `stop`. */
  async start(): Promise<void> {
    const { args, env } = await this.prepare();
    if (this.#stopping) return;
    const startedAt = performance.now();
    const child = fork(programPath(), [...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#process = child;
    child.on('message', this.onMessage);
    child.once('exit', (code, signal) => this.#ended(signal ?? `status ${code}`, performance.now() - startedAt));
  }

  /** Sends the child a message; false where it is not running. */
  send(message: object): boolean {
    return this.#process?.connected === true && this.#process.send(message);
  }

  /** Asks the child to end, waits for it, and kills it when it takes too long. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#restart);
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const killer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    await exited;
    clearTimeout(killer);
  }

  #ended(status: string, ranMs: number): void {
    if (this.#stopping || !this.onExit(status)) return;
    if (ranMs > RECOVERED_MS) this.#pauseMs = FIRST_PAUSE_MS;
    console.error(`The ${this.name} ended (${status}); starting it again in ${this.#pauseMs / 1000} s.`);
    this.#restart = setTimeout(() => void this.start(), this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
  }
}
