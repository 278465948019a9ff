import type { Sighting } from './sighting.js';
import type { TcpNumbers } from './metrics.js';
import type { TcpInfo } from '../kernel/tcp-info.js';
import type { Transfer } from './transfer.js';
import {
  appLimited,
  busyRtts,
  congestionEvents,
  MIN_BUSY_RTTS,
  retransmitRate,
  sharesOf,
  timeWeightedMean,
  windowEfficiency,
  zeroWindows,
} from './window.js';

const OLD = 'this kernel is too old to tell';

/** What the two ends agreed on. */
export function connectionNumbers(numbers: TcpNumbers, info: TcpInfo): void {
  numbers.set('tcp.mss', info.mss, OLD);
  numbers.set('tcp.window.scaling', info.windowScaling, OLD);
  numbers.set('tcp.sack', info.sack, OLD);
  numbers.set('tcp.timestamps', info.timestamps, OLD);
  numbers.set('tcp.window.peer', info.peerWindow, `${OLD} (Linux 5.4)`);
  numbers.set('tcp.window.receive', info.receiveWindow, `${OLD} (Linux 6.2)`);
}

/** How the transfer fared. */
export function transferNumbers(numbers: TcpNumbers, transfer: Transfer): void {
  rttNumbers(numbers, transfer);
  windowNumbers(numbers, transfer);
  lossNumbers(numbers, transfer);
  limitNumbers(numbers, transfer);
}

function rttNumbers(numbers: TcpNumbers, { samples, last }: Transfer): void {
  const largest = Math.max(...samples.map(({ info }) => info.rttMs));
  const { minRttMs } = last;
  const none = 'the kernel took no RTT in the transfer';
  numbers.set('tcp.rtt.min', minRttMs, none);
  numbers.set(
    'tcp.rtt.avg',
    timeWeightedMean(samples, ({ rttMs }) => rttMs),
    'the transfer was over at the first look',
  );
  numbers.set('tcp.rtt.max', largest, none);
  numbers.set('tcp.rtt.variation', minRttMs === undefined ? undefined : Math.max(0, largest - minRttMs), none);
  numbers.set('tcp.rttvar', last.rttvarMs, none);
}

function windowNumbers(numbers: TcpNumbers, transfer: Transfer): void {
  const { samples, last } = transfer;
  const windows = samples.map(({ info }) => info.cwnd);
  const short = 'the transfer was over at the first look';
  numbers.set('tcp.cwnd.min', Math.min(...windows), short);
  numbers.set(
    'tcp.cwnd.avg',
    timeWeightedMean(samples, ({ cwnd }) => cwnd),
    short,
  );
  numbers.set('tcp.cwnd.max', Math.max(...windows), short);
  numbers.set('tcp.cwnd.last', last.cwnd, short);
  const threshold = timeWeightedMean(samples, ({ ssthresh }) => ssthresh);
  numbers.set('tcp.ssthresh.avg', threshold, 'the connection never left its first slow start: no threshold was set');
  const why =
    transfer.kind === 'request'
      ? 'a request does not fill a window; it is a figure of sending'
      : `the transfer was over before ${MIN_BUSY_RTTS} RTTs; ask for more bytes`;
  numbers.set('tcp.window.efficiency', windowEfficiency(transfer), why);
}

function lossNumbers(numbers: TcpNumbers, transfer: Transfer): void {
  const { samples, last, before } = transfer;
  numbers.set('tcp.congestion_events', congestionEvents(samples), OLD);
  numbers.set('tcp.retransmits', Math.max(0, last.totalRetransmits - before.totalRetransmits), OLD);
  numbers.set('tcp.retransmit_rate', retransmitRate(transfer), 'fewer than 100 segments were sent: no rate');
  numbers.set('tcp.reordering_events', last.reorderingSeen, `${OLD} (Linux 4.19)`);
  numbers.set('tcp.dsack_dups', last.dsackDups, `${OLD} (Linux 4.19)`);
  numbers.set('tcp.zero_window_events', zeroWindows(samples), `${OLD} (Linux 5.4)`);
}

function limitNumbers(numbers: TcpNumbers, transfer: Transfer): void {
  const shares = sharesOf(transfer);
  const limited = appLimited(transfer);
  const idle = 'the connection was never busy, or this kernel does not keep the time (Linux 4.10)';
  const few = limited
    ? 'app-limited: the agent had too little to send to fill the path'
    : `the transfer was busy for under ${MIN_BUSY_RTTS} RTTs; ask for more bytes`;
  const enough = !limited && busyRtts(transfer) >= MIN_BUSY_RTTS;
  numbers.set('tcp.limited.receiver', shares?.receiver, idle);
  numbers.set('tcp.limited.sender', shares?.sender, idle);
  numbers.set('tcp.limited.network', enough ? shares?.network : undefined, shares ? few : idle);
  const rate = limited ? undefined : transfer.steady?.deliveryRateMbit;
  numbers.set('tcp.delivery_rate', rate, 'app-limited: the agent had too little to send to fill the path');
}

/** The server's time over a request, by the kernel's stamps of both. */
export function serverNumbers(numbers: TcpNumbers, transfer: Transfer, sighting: Sighting | undefined, noTap: string | undefined): void {
  const { before, last, written } = transfer;
  const id = 'tcp.handshake.server_processing';
  const sent = sighting?.lastRequestAt;
  const heard = sighting?.firstResponseAt;
  if (last.totalRetransmits > before.totalRetransmits) return numbers.set(id, undefined, 'a segment was sent again in between');
  if (written > before.cwnd * before.mss) return numbers.set(id, undefined, 'the request is larger than the congestion window');
  if (sent === undefined || heard === undefined)
    return numbers.set(id, undefined, noTap ?? 'the tap saw no response to the request in time');
  const bound = Math.max(before.rttvarMs, before.rttMs - (before.minRttMs ?? before.rttMs));
  numbers.set(id, Math.max(0, heard - sent - before.rttMs), '', bound);
}
