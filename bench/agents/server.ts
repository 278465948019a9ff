import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What the server used since the last time it was asked. */
export interface Usage {
  readonly rssBytes: number;
  readonly cpuMs: number;
  /** How late the event loop was, ms; 10 is the timer's own resolution. */
  readonly lagMs: { readonly p50: number; readonly p99: number; readonly max: number };
}

interface Started {
  readonly url: string;
  readonly setupUrl: string | null;
}

/** A server in its own process, as users run it (the compiled one). */
export class BenchServer {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    readonly setupUrl: string | null,
  ) {}

  /** @param profile a folder for CPU profiles @param databaseUrl of a PostgreSQL database; SQLite without @throws Error when it does not start */
  static async start(folder: string, port: number, profile?: string, databaseUrl?: string): Promise<BenchServer> {
    const program = fileURLToPath(new URL('./server-process.js', import.meta.url));
    const execArgv = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
    const child = fork(program, [folder, String(port)], {
      execArgv,
      // As the command line runs it: GraphQL takes several times longer for each field in development.
      env: { ...process.env, NODE_ENV: 'production', ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }) },
    });
    const failed = once(child, 'exit').then(([code]) => {
      throw new Error(`the server ended with ${String(code)} before it listened`);
    });
    const [started] = (await Promise.race([once(child, 'message'), failed])) as [Started];
    failed.catch(() => undefined); // later ends are of the bench's own making
    return new BenchServer(child, started.url, started.setupUrl);
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  usage(): Promise<Usage> {
    return this.ask('usage');
  }

  /** The same once all that arrivals have left to be done is done: their rollups, above all. */
  settledUsage(): Promise<Usage> {
    return this.ask('settle');
  }

  /** Ends it without a word (SIGKILL), or in order. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const exit = once(this.child, 'exit');
    this.child.kill(signal);
    // The channel would keep it alive when it has closed in order.
    this.child.disconnect();
    await exit;
  }

  private async ask(ask: 'usage' | 'settle'): Promise<Usage> {
    const answer = once(this.child, 'message');
    this.child.send({ ask });
    const [{ usage }] = (await answer) as [{ usage: Usage }];
    return usage;
  }
}
