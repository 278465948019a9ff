import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** How long a child may take to end cleanly before it is killed, ms. */
const GRACE_MS = 2_000;
/** How long a child may take to answer, ms: far more than any takes, so that a hang is told and not waited for. */
const ANSWER_MS = 20_000;

/** The compiled file of a lab program, for example `wire/main`: children never run from source. */
function compiled(program: string): string {
  const here = fileURLToPath(new URL(`./${program}.js`, import.meta.url));
  return here.includes('/dist/') ? here : fileURLToPath(new URL(`../../dist/probes/lab/${program}.js`, import.meta.url));
}

/** A program of the lab that runs as a process of its own, speaks in JSON lines, and ends when its standard input does: it never outlives the lab. */
export class LabChild {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: string[] = [];
  readonly #waiting: ((line: string | undefined) => void)[] = [];
  readonly #closed: Promise<unknown>;
  #complaints = '';
  #ended = false;

  /** Starts the program with one JSON argument, inside a namespace where one is named. */
  constructor(
    readonly program: string,
    argument: object,
    namespace?: string,
  ) {
    const node = [process.execPath, compiled(program), JSON.stringify(argument)];
    const [command = '', ...args] = namespace === undefined ? node : ['ip', 'netns', 'exec', namespace, ...node];
    this.#process = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#closed = once(this.#process, 'close');
    const { stdin, stdout, stderr } = this.#process;
    stderr.setEncoding('utf8').on('data', (text: string) => (this.#complaints += text));
    // A child that died takes no more commands; whoever asks it is told, with what the child itself said.
    stdin.on('error', (error) => (this.#complaints += error.message));
    createInterface({ input: stdout }).on('line', (line) => this.#take(line));
    this.#process.on('close', () => this.#end());
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** The next line that the child prints, parsed. @throws Error when it ends or keeps silent instead */
  async next<T>(patienceMs = ANSWER_MS): Promise<T> {
    const line = this.#lines.shift() ?? (this.#ended ? undefined : await this.#wait(patienceMs));
    if (line === undefined) throw new Error(`the lab's ${this.program} ended: ${this.#complaints.trim() || 'it said nothing'}`);
    return JSON.parse(line) as T;
  }

  /** Sends one command and gives the answer. */
  ask<T>(command: object): Promise<T> {
    this.#process.stdin.write(`${JSON.stringify(command)}\n`);
    return this.next<T>();
  }

  /** Ends the child's input and gives its last line. */
  async finish<T>(): Promise<T> {
    this.#process.stdin.end();
    const last = await this.next<T>();
    await this.stop();
    return last;
  }

  /** Ends the child, by force where it takes too long. Twice is as good as once. */
  async stop(): Promise<void> {
    this.#process.stdin.end();
    const killer = setTimeout(() => this.kill(), GRACE_MS);
    await this.#closed;
    clearTimeout(killer);
  }

  /** Ends the child at once. */
  kill(): void {
    this.#process.kill('SIGKILL');
  }

  #wait(patienceMs: number): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the lab's ${this.program} did not answer in ${patienceMs} ms`)), patienceMs);
      this.#waiting.push((line) => {
        clearTimeout(timer);
        resolve(line);
      });
    });
  }

  #take(line: string): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(line);
    else this.#lines.push(line);
  }

  #end(): void {
    this.#ended = true;
    for (const waiting of this.#waiting.splice(0)) waiting(undefined);
  }
}
