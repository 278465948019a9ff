import { median } from '../sdk/stats.js';
import { TAP_ERROR_MS, TCP_INFO_ERROR_MS, type HandshakeTimes } from './figures.js';
import type { TcpNumbers } from './metrics.js';

/** What the handshakes of a run gave. */
export interface HandshakeOutcome {
  readonly times: readonly HandshakeTimes[];
  /** SYNs sent again over all attempts, those that failed too; undefined where nobody counts them. */
  readonly synRetransmits: number | undefined;
  /** Why there was no tap; undefined where there was one. */
  readonly noTap: string | undefined;
}

const LOST = 'no handshake was made at the first try: after a lost SYN nobody knows which one was answered (RFC 6298, Karn)';

const STEPPED = 'the wall clock, in which the tap and this host stamp, was stepped during the handshake';

const present = (values: readonly (number | undefined)[]): number[] => values.filter((value) => value !== undefined);

/** The handshakes' metrics: medians, and the samples themselves. */
export function handshakeNumbers(numbers: TcpNumbers, { times, synRetransmits, noTap }: HandshakeOutcome): void {
  const rtts = present(times.map(({ tapRttMs, infoRttMs }) => tapRttMs ?? infoRttMs));
  const byTap = times.some(({ tapRttMs }) => tapRttMs !== undefined);
  // Where one sample of several comes from TCP_INFO, its bound holds for them all.
  const mixed = times.some(({ tapRttMs, infoRttMs }) => tapRttMs === undefined && infoRttMs !== undefined);
  const bound = byTap && !mixed ? TAP_ERROR_MS : TCP_INFO_ERROR_MS;
  const smallest = rtts.length > 0 ? Math.min(...rtts) : undefined;
  const half = smallest === undefined ? undefined : smallest / 2;
  const stepped = times.some(({ acrossClockStep }) => acrossClockStep) ? STEPPED : undefined;
  const unseen = noTap ?? stepped ?? 'the tap did not see the whole handshake';
  const total = median(present(times.map(({ totalMs }) => totalMs)));
  const noTotal = stepped ?? 'a SYN was lost, and without the tap nobody stamps the end of such a handshake';
  numbers.set('tcp.handshake.syn_ack', median(rtts), LOST, bound);
  numbers.samples('tcp.rtt', rtts, LOST);
  numbers.set('tcp.handshake.one_way_delay_estimate', half, LOST, half);
  numbers.set('tcp.handshake.syn', median(present(times.map(({ synMs }) => synMs))), unseen, TAP_ERROR_MS);
  numbers.set('tcp.handshake.ack', median(present(times.map(({ ackMs }) => ackMs))), unseen, TAP_ERROR_MS);
  numbers.set('tcp.handshake.total', total, noTotal, bound);
  numbers.set('tcp.connect_time', total, noTotal, bound);
  numbers.set('tcp.handshake.syn_retransmits', synRetransmits, 'this host does not tell');
}
