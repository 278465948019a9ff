import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, Program } from './program.js';

/** A real Redis of a test's own on loopback, that keeps nothing. */
export interface TestRedis {
  readonly url: string;
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>;
  /** Starts it again at the same address. */
  start(): Promise<void>;
  /** Lets it hang: its connections stay open, and nothing is answered. */
  freeze(): void;
  /** Lets it go on. */
  thaw(): void;
  remove(): Promise<void>;
}

/** Starts Redis. With a password it wants that from everybody. */
export async function startRedis(password?: string): Promise<TestRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'streamswarm-redis-'));
  const port = await freePort();
  const place = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder];
  const secret = password === undefined ? [] : ['--requirepass', password];
  const program = new Program('redis-server', [...place, '--save', '', '--appendonly', 'no', ...secret], port);
  await program.start();
  return {
    url: `redis://${password === undefined ? '' : `:${password}@`}127.0.0.1:${port}`,
    kill: () => program.kill(),
    start: () => program.start(),
    freeze: () => program.signal('SIGSTOP'),
    thaw: () => program.signal('SIGCONT'),
    async remove() {
      await program.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
