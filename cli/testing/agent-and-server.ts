import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { startAgent, type RunningAgent } from '../../agent/main.js';
import { TEST_PLUG_INS } from '../../agent/testing/plug-ins.js';
import { millisecondsOf } from '../../server/services/results/uuid.js';
import { startTestApp, type TestApp } from '../../server/testing/app.js';
import { HttpClient } from '../../server/testing/client.js';
import { setUpAdmin, withApiToken } from '../../server/testing/people.js';

/** When a result was started, ms since 1970: its id (UUIDv7, RFC 9562) says it. */
export const startOf = (resultId: string): number => millisecondsOf(resultId.replaceAll('-', ''));

/** A real server and a real agent of it, in this process. What the agent says is noted: which results it kept, and how often its full outbox dropped some. */
export class AgentAndServer {
  /** Ids of the results that the agent kept, in their order. */
  readonly kept: string[] = [];
  drops = 0;
  private readonly said = new EventEmitter();
  private readonly data = mkdtempSync(join(tmpdir(), 'agent-and-server-'));
  private running: RunningAgent | undefined;

  private constructor(
    public app: TestApp,
    /** An administrator. */
    public admin: HttpClient,
    private readonly secret: string,
    private readonly maxOutboxBytes: number,
  ) {}

  /** @param maxOutboxBytes room for results that could not be sent */
  static async start(maxOutboxBytes: number): Promise<AgentAndServer> {
    const app = await startTestApp();
    const admin = await withApiToken(app, await setUpAdmin(app), 'ADMIN');
    const both = new AgentAndServer(app, admin, admin.secret, maxOutboxBytes);
    await both.startAgent(await app.createLocalEnrollment('test'));
    return both;
  }

  get agentId(): string {
    return this.running?.agentId ?? '';
  }

  /** Ends the agent and starts it anew. */
  async restartAgent(): Promise<void> {
    await this.running?.stop();
    await this.startAgent();
  }

  /** Ends the server; `bring` starts it anew, at the same address with the same data. */
  async takeAway(): Promise<{ bring: () => Promise<void> }> {
    const port = Number(new URL(this.app.url).port);
    await this.app.close();
    return {
      bring: async () => {
        this.app = await startTestApp({ port }, this.app.folder);
        this.admin = new HttpClient(this.app.url, this.secret);
      },
    };
  }

  /** Resolves once what the agent said makes it so. */
  async until(reached: () => boolean): Promise<void> {
    while (!reached()) await once(this.said, 'said');
  }

  async end(): Promise<void> {
    await this.running?.stop();
    await this.app.end();
    rmSync(this.data, { recursive: true, force: true });
  }

  private async startAgent(token?: string): Promise<void> {
    const server = `${this.app.url.replace('http', 'ws')}/graphql`;
    const settings = { name: 'real', logLevel: 'debug', plugins: TEST_PLUG_INS, workers: 1, maxOutboxBytes: this.maxOutboxBytes } as const;
    const log = pino({ level: 'debug' }, { write: (line: string) => this.note(line) });
    this.running = await startAgent({ server, token, data: this.data, ...settings }, { log });
  }

  private note(line: string): void {
    const { msg, result } = JSON.parse(line) as { msg: string; result?: string };
    if (msg === 'result kept' && result !== undefined) this.kept.push(result);
    else if (msg.includes('the oldest of a full outbox')) this.drops += 1;
    else return;
    this.said.emit('said');
  }
}
