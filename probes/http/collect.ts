import type { IncomingHttpHeaders } from 'node:http';
import { performance } from 'node:perf_hooks';
import { settleOnce } from '../kernel/settle-once.js';
import { ProbeFailure } from '../sdk/error.js';
import type { Answer, Limits } from './exchange.js';

/** What both versions of HTTP tell of an answer while it comes. */
export interface AnswerEvents {
  /** The request has just left for the network, or leaves now: its time counts from here, not from when it was put together. */
  sending(): void;
  /** Something of an answer was read from the network: its first byte, where nothing came before. Only HTTP/1.1 knows. */
  heard(): void;
  /** What was heard was an interim answer (1xx); the one that counts is still to come. */
  interim(): void;
  /** Status line and headers are there. */
  head(status: number, headers: IncomingHttpHeaders): void;
  data(piece: Buffer): void;
  /** `kept`: the connection can serve another request. */
  end(kept: boolean): void;
  failed(failure: ProbeFailure): void;
}

/** Begins a request, tells of its answer through `events`, and returns what gives it up. */
export type Begin = (events: AnswerEvents) => (finished: boolean) => void;

/**
 * Puts an answer together from its events. What came before a body broke off, or grew over the limit, or took too long, stays: it is an answer with
 * `cut`. Before the head there is only the failure.
 */
export function collectAnswer(
  where: string,
  version: string,
  { timeoutMs, maxBodyBytes, signal }: Limits,
  begin: Begin,
): Promise<Answer | ProbeFailure> {
  let sentAt = performance.now();
  const pieces: Buffer[] = [];
  let bytes = 0;
  let head: Pick<Answer, 'status' | 'headers' | 'firstByteAt'> | undefined;
  let firstHeardAt: number | undefined;
  let lastHeardAt: number | undefined;
  const finish = (rest: Pick<Answer, 'endAt' | 'cut' | 'kept'>, otherwise: ProbeFailure): Answer | ProbeFailure =>
    head ? { ...head, version, sentAt, body: Buffer.concat(pieces), ...rest } : otherwise;
  const late = (): ProbeFailure =>
    new ProbeFailure('TIMEOUT', `${where}: ${head ? 'the answer did not end' : 'no answer came'} within ${timeoutMs} ms`);
  let finished = false;
  return settleOnce<Answer | ProbeFailure>(
    timeoutMs,
    signal,
    (settle) => {
      const cutOff = (failure: ProbeFailure): void => settle(finish({ cut: failure, kept: false }, failure));
      const giveUp = begin({
        // Some servers answer before they have all of a request.
        sending: () => void (sentAt = firstHeardAt === undefined && !head ? performance.now() : sentAt),
        heard() {
          lastHeardAt = performance.now();
          firstHeardAt ??= lastHeardAt;
        },
        interim: () => void (firstHeardAt = undefined),
        // An answer that came together with an interim one has that one's time.
        head: (status, headers) => (head ??= { status, headers, firstByteAt: firstHeardAt ?? lastHeardAt ?? performance.now() }),
        data(piece) {
          bytes += piece.length;
          if (bytes <= maxBodyBytes) return void pieces.push(piece);
          pieces.push(piece.subarray(0, piece.length - (bytes - maxBodyBytes)));
          cutOff(
            new ProbeFailure('PROTOCOL', `${where}: the body is larger than ${maxBodyBytes} bytes; raise maxBodyBytes to read all of it`),
          );
        },
        end(kept) {
          finished = true;
          settle(
            finish(
              { endAt: performance.now(), kept },
              new ProbeFailure('PROTOCOL', `${where}: the connection ended before an answer came`),
            ),
          );
        },
        failed: cutOff,
      });
      return () => giveUp(finished);
    },
    () => finish({ cut: late(), kept: false }, late()),
  );
}
