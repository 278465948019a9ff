import type { IncomingHttpHeaders } from 'node:http';
import type { ProbeFailure } from '../sdk/error.js';
import type { Message } from './plan.js';

/** An answer as it came; times in ms of `performance.now()`. */
export interface Answer {
  readonly status: number;
  readonly version: string;
  readonly headers: IncomingHttpHeaders;
  /** When the request was written. */
  readonly sentAt: number;
  readonly firstByteAt: number;
  /** When the last byte came; undefined where the body was cut off or did not end. */
  readonly endAt?: number;
  /** The body as transferred, up to the limit. */
  readonly body: Buffer;
  /** Why the body did not end. */
  readonly cut?: ProbeFailure;
  /** Whether the connection can serve another request. */
  readonly kept: boolean;
}

/** A way to send requests over one connection. */
export interface Requester {
  readonly version: string;
  /** Sends one request. Never rejects: a network that does not answer is a failure. */
  send(url: URL, message: Message, limits: Limits): Promise<Answer | ProbeFailure>;
  close(): void;
}

/** How long an answer may take and how much of it is read. */
export interface Limits {
  readonly timeoutMs: number;
  readonly maxBodyBytes: number;
  readonly signal: AbortSignal;
}
