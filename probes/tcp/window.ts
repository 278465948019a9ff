import { MIN_SEGMENTS_FOR_RATE } from './metrics/transfer.js';
import { CA_CWR, type TcpInfo } from '../kernel/tcp-info.js';
import type { Sample, Transfer } from './transfer.js';

/** RTTs that a transfer must have been busy for before it says anything of the network. */
export const MIN_BUSY_RTTS = 20;

/** Mean over the time between the first and the last look; each value holds until the next look. */
export function timeWeightedMean(
  samples: readonly Sample[],
  value: (info: TcpInfo, sample: Sample) => number | undefined,
): number | undefined {
  let sum = 0;
  let time = 0;
  samples.forEach((sample, index) => {
    const held = (samples[index + 1]?.atMs ?? sample.atMs) - sample.atMs;
    const now = value(sample.info, sample);
    if (now === undefined) return;
    sum += now * held;
    time += held;
  });
  return time > 0 ? sum / time : undefined;
}

/** Times that a condition became true from one look to the next; one that holds at the first look counts. */
export function timesEntered(samples: readonly Sample[], state: (info: TcpInfo) => number): number {
  let count = 0;
  let before = 0;
  for (const { info } of samples) {
    const now = state(info);
    if (now !== 0 && now !== before) count += 1;
    before = now;
  }
  return count;
}

/** What limited a transfer, in shares of its busy time, %. */
export interface Shares {
  readonly receiver: number;
  readonly sender: number;
  readonly network: number;
}

/**
 * Shares by the kernel's own clocks; undefined where it keeps none or was never busy. Its clock for the send buffer misses one that was filled before it looked:
 * there our own looks count.
 */
export function sharesOf(transfer: Transfer): Shares | undefined {
  const { busyMs, receiverLimitedMs, senderLimitedMs } = transfer.last;
  if (!busyMs || receiverLimitedMs === undefined || senderLimitedMs === undefined) return undefined;
  const share = (ms: number): number => Math.min(100, (100 * ms) / busyMs);
  const receiver = share(receiverLimitedMs);
  const sender = Math.min(100 - receiver, Math.max(share(senderLimitedMs), bufferSpentPercent(transfer)));
  return { receiver, sender, network: 100 - receiver - sender };
}

/** Share of the time in which the whole send buffer was under way and more waited outside, %, by our own looks. */
export function bufferSpentPercent({ samples }: Transfer): number {
  return 100 * (timeWeightedMean(samples, (_, { bufferSpent }) => Number(bufferSpent)) ?? 0);
}

/** Whether the agent itself had nothing to send: then nothing is known of what the path could do. */
export function appLimited({ steady }: Transfer): boolean {
  return steady === undefined || steady.appLimited;
}

/** How many RTTs the transfer was busy for. */
export function busyRtts({ last }: Transfer): number {
  const { busyMs = 0, minRttMs = last.rttMs } = last;
  return minRttMs > 0 ? busyMs / minRttMs : 0;
}

/** Retransmitted bytes as a share of those sent, %; undefined under 100 segments or where the kernel does not count. */
export function retransmitRate({ last }: Transfer): number | undefined {
  const { bytesSent, bytesRetransmitted, dataSegmentsOut } = last;
  if (!bytesSent || bytesRetransmitted === undefined || dataSegmentsOut < MIN_SEGMENTS_FOR_RATE) return undefined;
  return (100 * bytesRetransmitted) / bytesSent;
}

/** Bytes acknowledged in the transfer a second, Mbit/s. */
export function goodputMbit({ before, last, durationMs }: Transfer): number {
  return durationMs > 0 ? ((last.bytesAcked - before.bytesAcked) * 8) / (durationMs * 1000) : 0;
}

/** Goodput as a share of what the windows allow in the smallest RTT, %. */
export function windowEfficiency(transfer: Transfer): number | undefined {
  const { samples, last } = transfer;
  if (transfer.kind !== 'send' || last.minRttMs === undefined || busyRtts(transfer) < MIN_BUSY_RTTS) return undefined;
  const largest = (value: (info: TcpInfo) => number): number => Math.max(...samples.map(({ info }) => value(info)));
  const peer = largest(({ peerWindow }) => peerWindow ?? 0);
  const window = Math.min(
    largest(({ cwnd, mss }) => cwnd * mss),
    peer > 0 ? peer : Number.POSITIVE_INFINITY,
  );
  const allowedMbit = (window * 8) / (last.minRttMs * 1000);
  return allowedMbit > 0 ? Math.min(100, (100 * goodputMbit(transfer)) / allowedMbit) : undefined;
}

/** Times that the connection was seen to begin to reduce its window: CWR, Recovery, Loss. */
export function congestionEvents(samples: readonly Sample[]): number {
  return timesEntered(samples, ({ caState }) => (caState >= CA_CWR ? caState : 0));
}

/** Times that the peer's window was seen to have fallen to 0; undefined where the kernel does not tell it. */
export function zeroWindows(samples: readonly Sample[]): number | undefined {
  if (samples.some(({ info }) => info.peerWindow === undefined)) return undefined;
  return timesEntered(samples, ({ peerWindow }) => (peerWindow === 0 ? 1 : 0));
}
