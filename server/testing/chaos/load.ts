import { setTimeout } from 'node:timers/promises';
import { HttpClient, socketClient } from '../client.js';
import type { Absence } from './fleet.js';
import { Events, resultInput, submit, type SeenTest } from '../measuring.js';

/** How long an agent waits before it tries again, ms. */
const AGAIN_MS = 100;
/** Results that an agent sends in one operation. */
const BATCH = 5;

/** An agent under way while servers die: it sends results until they are acknowledged, and keeps a socket on which its work comes. */
export class BusyAgent {
  /** Ids of the results that were acknowledged. */
  readonly acknowledged: string[] = [];
  /** Ids of the results that were refused, with the reason: there must be none. */
  readonly refused: string[] = [];
  /** When its socket or its work was away. */
  readonly away: Absence[] = [];
  private readonly stop = new AbortController();
  private readonly running: Promise<unknown>;
  private onProgress: () => void = () => undefined;

  constructor(
    private readonly url: string,
    private readonly secret: string,
    private readonly test: SeenTest,
    private readonly number: number,
  ) {
    this.running = Promise.all([this.send(), this.listen()]);
  }

  /** Resolves when so many more results were acknowledged. */
  async progress(results: number): Promise<void> {
    const enough = this.acknowledged.length + results;
    while (this.acknowledged.length < enough) await new Promise<void>((resolve) => (this.onProgress = resolve));
  }

  /** Ends it; resolves when it has nothing under way. */
  async end(): Promise<void> {
    this.stop.abort();
    await this.running;
  }

  private async send(): Promise<void> {
    const client = new HttpClient(this.url, this.secret);
    for (let round = 0; !this.stop.signal.aborted; round += 1) {
      // Each agent has times of its own, so that ids never meet by chance.
      const at = Date.now() - 3_600_000 * this.number;
      const results = Array.from({ length: BATCH }, (_, n) => resultInput(this.test, at + n));
      await this.sendUntilAcknowledged(client, results);
    }
  }

  private async sendUntilAcknowledged(client: HttpClient, results: readonly Record<string, unknown>[]): Promise<void> {
    while (!this.stop.signal.aborted) {
      const answer = await submit(client, results).catch(() => undefined);
      if (answer?.accepted.length === results.length) {
        this.acknowledged.push(...answer.accepted);
        this.onProgress();
        return;
      }
      // What is to be tried again is; anything else would be lost.
      this.refused.push(...(answer?.rejected ?? []).filter(({ retry }) => !retry).map(({ code, message }) => `${code}: ${message}`));
      await this.pause();
    }
  }

  private async listen(): Promise<void> {
    let lostAt: number | undefined;
    while (!this.stop.signal.aborted) {
      const socket = socketClient(this.url, { bearer: this.secret });
      const work = new Events(socket, 'subscription { assignmentsChanged { testId } }');
      const close = (): void => void socket.dispose();
      this.stop.signal.addEventListener('abort', close);
      try {
        await work.next();
        if (lostAt !== undefined) this.away.push({ from: lostAt, to: Date.now() });
        lostAt = undefined;
        for (;;) await work.next();
      } catch {
        // The server is gone: how long is what is measured.
        lostAt ??= Date.now();
      }
      this.stop.signal.removeEventListener('abort', close);
      await this.pause();
    }
    // Still away at the end counts too.
    if (lostAt !== undefined) this.away.push({ from: lostAt, to: Date.now() });
  }

  private async pause(): Promise<void> {
    if (!this.stop.signal.aborted) await setTimeout(AGAIN_MS);
  }
}
