import { placeOf, type Endpoint } from '../kernel/address.js';
import type { FlowParts } from '../kernel/flow.js';
import { ProbeFailure } from '../sdk/error.js';
import type { Question, Response } from './message.js';

/** What became of one question. */
export type Outcome =
  /** `ms` is undefined where the wall clock, in which the kernel stamps, was stepped meanwhile. */
  | { readonly response: Response; readonly ms: number | undefined }
  /** No answer, and why. */
  | { readonly failure: ProbeFailure };

/** A way to a server, open for several questions one after another. */
export interface Exchange {
  /** How it measures: goes into the result's `method`. */
  readonly method: string;
  /** Half-width of the error of its times, ms. */
  readonly errorBoundMs: number;
  /** What identifies the flow: protocol, addresses, ports. */
  readonly flow: FlowParts;
  /** What setting the connection up took, by phase, ms; empty where there is none. */
  readonly setUp: Readonly<Record<string, number>>;
  /** Sends a question and waits for its answer. A network that does not bring it is an outcome. */
  ask(question: Question, timeoutMs: number, signal: AbortSignal): Promise<Outcome>;
  /** Datagrams that its socket dropped: loss inside the agent, not the network's. */
  drops?(): number;
  /** Whether the connection is gone, so that nothing can be asked by it any more; undefined where there is none. */
  readonly ended?: boolean;
  /** How often it had to be opened anew, since the server had closed it. */
  readonly reopened?: number;
  close(): void;
}

/** Opens a way for one question, asks it, and closes it again. That it does not open is an outcome too. */
export async function askOnce(open: () => Promise<Exchange>, question: Question, timeoutMs: number, signal: AbortSignal): Promise<Outcome> {
  try {
    const exchange = await open();
    try {
      return await exchange.ask(question, timeoutMs, signal);
    } finally {
      exchange.close();
    }
  } catch (error) {
    if (!(error instanceof ProbeFailure)) throw error;
    return { failure: error };
  }
}

/** Nobody answered in time. */
export function timedOut(server: Endpoint, timeoutMs: number): ProbeFailure {
  return new ProbeFailure(
    'TIMEOUT',
    `${placeOf(server)}: no answer within ${timeoutMs} ms; the server is down, a filter drops DNS, or packets are lost`,
  );
}
