import type { AgentClient, SubmitReply } from '../client.js';
import type { Logger } from '../log.js';
import type { Outbox, StoredResult } from '../outbox.js';
import { BackOff } from './back-off.js';
import { CallError } from './errors.js';
import { pause } from './pause.js';

const BATCH_RESULTS = 50;
const BATCH_BYTES = 2 ** 20;

/** Codes with which the server refuses what is in the batch, so that sending the same again is of no use. */
const ABOUT_CONTENT: ReadonlySet<string> = new Set([
  'BAD_USER_INPUT',
  'GRAPHQL_VALIDATION_FAILED',
  'GRAPHQL_PARSE_FAILED',
  'QUERY_TOO_COMPLEX',
]);

/** Sends what is in the outbox over one connection, oldest first, and takes out what the server has committed or refuses for good. */
export class Sender {
  readonly #backOff = new BackOff();
  #batch = BATCH_RESULTS;

  constructor(
    private readonly client: Pick<AgentClient, 'submit'>,
    private readonly outbox: Outbox,
    private readonly log: Logger,
  ) {}

  /** Sends until the signal aborts. @throws nothing: trouble is waited out, or ends the connection and thereby the signal */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const batch = await this.outbox.peek(this.#batch, BATCH_BYTES);
      if (batch.length === 0) await this.#untilMore(signal);
      else await pause(await this.#send(batch), signal);
    }
  }

  #untilMore(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        forget();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const forget = this.outbox.onCommitted(done);
      signal.addEventListener('abort', done);
      if (signal.aborted) done();
    });
  }

  /** Sends one batch; returns how long to wait before the next, ms. */
  async #send(batch: readonly StoredResult[]): Promise<number> {
    try {
      const reply = await this.client.submit(batch.map(({ json }) => json));
      return await this.#settle(reply);
    } catch (error) {
      return this.#afterError(batch, error);
    }
  }

  async #settle({ accepted, rejected }: SubmitReply): Promise<number> {
    const final = rejected.filter(({ retry }) => !retry);
    if (accepted.length > 0) await this.outbox.acknowledge(accepted);
    if (final[0]) {
      this.log.warn({ count: final.length, code: final[0].code, reason: final[0].message }, 'the server refuses results for good');
      await this.outbox.reject(final.map(({ id }) => id), `were refused by the server (${final[0].code}: ${final[0].message})`); // prettier-ignore
    }
    if (accepted.length + final.length === 0) return this.#backOff.next();
    this.#backOff.reset();
    this.#batch = Math.min(BATCH_RESULTS, this.#batch * 2);
    return 0;
  }

  async #afterError(batch: readonly StoredResult[], error: unknown): Promise<number> {
    const call = error instanceof CallError ? error : new CallError('INTERNAL', error instanceof Error ? error.message : String(error));
    this.log.warn({ code: call.code, reason: call.message, results: batch.length }, 'the server did not take results');
    if (call.retryAfterSeconds !== undefined) return call.retryAfterSeconds * 1000;
    const [first] = batch;
    if (!ABOUT_CONTENT.has(call.code) || !first) return this.#backOff.next();
    // One of them spoils the whole batch: smaller ones find out which.
    if (batch.length === 1) await this.outbox.reject([first.id], `were refused by the server (${call.code}: ${call.message})`);
    this.#batch = Math.max(1, batch.length >> 1);
    return 0;
  }
}
