import { ProbeFailure } from '../sdk/error.js';
import type { Exchange, Outcome } from './exchange.js';
import type { Question } from './message.js';

/** A way to a server that is opened anew where the server has closed it between two questions, as servers may (RFC 7766 6.2.3). */
export class ReopeningExchange implements Exchange {
  readonly method: string;
  readonly errorBoundMs: number;
  readonly flow: Exchange['flow'];
  readonly setUp: Exchange['setUp'];
  #current: Exchange;
  #reopened = 0;
  /** Whether the current connection has brought an answer. */
  #served = false;

  private constructor(
    first: Exchange,
    private readonly open: () => Promise<Exchange>,
  ) {
    this.#current = first;
    ({ method: this.method, errorBoundMs: this.errorBoundMs, flow: this.flow, setUp: this.setUp } = first);
  }

  /** Opens it for the first time. @throws ProbeFailure why that does not come about */
  static async open(open: () => Promise<Exchange>): Promise<ReopeningExchange> {
    return new ReopeningExchange(await open(), open);
  }

  get reopened(): number {
    return this.#reopened;
  }

  async ask(question: Question, timeoutMs: number, signal: AbortSignal): Promise<Outcome> {
    if (this.#current.ended) return this.#askAnew(question, timeoutMs, signal);
    const outcome = await this.#current.ask(question, timeoutMs, signal);
    // A connection that has served may end while the next question is on its way to it: that is asked again, as clients have to (RFC 7766 6.2.4).
    if ('failure' in outcome && this.#served && this.#current.ended && !signal.aborted) return this.#askAnew(question, timeoutMs, signal);
    this.#served ||= 'response' in outcome;
    return outcome;
  }

  async #askAnew(question: Question, timeoutMs: number, signal: AbortSignal): Promise<Outcome> {
    this.#current.close();
    try {
      this.#current = await this.open();
    } catch (error) {
      if (!(error instanceof ProbeFailure)) throw error;
      return { failure: error };
    }
    this.#reopened += 1;
    const outcome = await this.#current.ask(question, timeoutMs, signal);
    this.#served = 'response' in outcome;
    return outcome;
  }

  close(): void {
    this.#current.close();
  }
}
