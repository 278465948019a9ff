import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Used } from './usage.js';

interface Answers {
  readonly url: string;
}

/** Starts one of the bench's programs in a process of its own. */
export function startChild(program: 'bare-process' | 'limit-process', args: readonly string[]): ChildProcess {
  return fork(fileURLToPath(new URL(`./${program}.js`, import.meta.url)), [...args], { env: { ...process.env, NODE_ENV: 'production' } });
}

/** The next message of a child. @throws Error when it ends instead */
export async function heard<T>(child: ChildProcess): Promise<T> {
  const stop = new AbortController();
  const ended = once(child, 'exit', { signal: stop.signal }).then(([code]) => {
    throw new Error(`a process of the bench ended with ${String(code)}`);
  });
  try {
    const [message] = (await Promise.race([once(child, 'message', { signal: stop.signal }), ended])) as [T];
    return message;
  } finally {
    ended.catch(() => undefined); // given up, since the message came
    stop.abort();
  }
}

/** The bare mutation in a process of its own. */
export class BareServer {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async start(file: string): Promise<BareServer> {
    const child = startChild('bare-process', [file]);
    return new BareServer(child, (await heard<Answers>(child)).url);
  }

  async usage(): Promise<Used> {
    const answer = heard<{ usage: Used }>(this.child);
    this.child.send({ ask: 'usage' });
    return (await answer).usage;
  }

  async end(): Promise<void> {
    const exit = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await exit;
  }
}
