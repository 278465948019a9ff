import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { packageRoot } from '../config.js';

/** Where a server in a process of its own stands. */
interface ReplicaPlace {
  readonly folder: string;
  /** 0: a free one, another at each start. */
  readonly port: number;
  readonly environment: NodeJS.ProcessEnv;
}

/** A server in a process of its own, compiled: a test kills it and starts it again. */
export class Replica {
  private child: ChildProcess | undefined;
  private address = '';
  private setUp: string | null = null;

  constructor(private readonly place: ReplicaPlace) {}

  get url(): string {
    return this.address;
  }

  /** The link for the first administrator, as of the newest start. */
  get setupUrl(): string | null {
    return this.setUp;
  }

  /** Starts it; resolves when it listens. @throws Error when it ends instead */
  async start(): Promise<void> {
    const { folder, port, environment } = this.place;
    const child = fork(join(packageRoot(), 'dist/server/testing/server-process.js'), [folder, String(port)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, ...environment },
    });
    this.child = child;
    let said = '';
    child.stderr?.on('data', (text: Buffer) => (said = (said + text.toString()).slice(-10_000)));
    const failed = once(child, 'exit').then(() => Promise.reject(new Error(`the server ended instead of starting: ${said}`)));
    const [message] = (await Promise.race([once(child, 'message'), failed])) as [{ url: string; setupUrl: string | null }];
    // It may be killed later on, which is what it is for.
    failed.catch(() => undefined);
    this.address = message.url;
    this.setUp = message.setupUrl;
  }

  /** Ends it at once, or in order with SIGTERM. Resolves when it is gone. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }
}
