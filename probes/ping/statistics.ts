import type { Measurement } from '../sdk/probe.js';
import { mean, median, percentileOfSorted, sorted, standardDeviation } from '../sdk/stats.js';
import { MIN_PAIRS_FOR_JITTER, MIN_REPLIES_FOR_P95, type metrics } from './metrics.js';

/** Ids of the ping metrics. */
export type PingMetric = keyof typeof metrics & string;
type Values = Partial<Record<PingMetric, number>>;
type Reasons = Partial<Record<PingMetric, string>>;

/** What a burst came to, by whatever method. */
export interface BurstSummary {
  readonly sent: number;
  /** Distinct replies in time. */
  readonly received: number;
  /** Round-trip time of each request in order, ms; undefined where there is none (lost, or its stamps are not to be trusted). */
  readonly rtts: readonly (number | undefined)[];
  /** undefined: the method cannot see it. */
  readonly duplicates?: number;
  readonly outOfOrder?: number;
  readonly replyTtl?: number;
  /** Datagrams that the agent's own socket dropped. */
  readonly ownDrops: number;
  /** Replies whose round-trip time is not known since the wall clock was stepped. */
  readonly spoiled: number;
  /** Half-width of the error of one round-trip time, ms. */
  readonly errorMs: number;
}

/** Metrics, reasons, bounds and samples of a burst. Pure. */
export function summarize(summary: BurstSummary): Pick<Measurement<PingMetric>, 'metrics' | 'absent' | 'errorBounds' | 'distributions'> {
  const samples = summary.rtts.filter((rtt) => rtt !== undefined);
  const metrics: Values = {};
  const absent: Reasons = {};
  count(summary, metrics, absent);
  delays(samples, summary, metrics, absent);
  variation(summary.rtts, samples, metrics, absent);
  return { metrics, absent, errorBounds: bounds(metrics, summary.errorMs), distributions: { 'ping.rtt': samples } };
}

function count({ sent, received, duplicates, outOfOrder, replyTtl, ownDrops }: BurstSummary, metrics: Values, absent: Reasons): void {
  metrics['ping.sent'] = sent;
  metrics['ping.received'] = received;
  put('ping.duplicates', duplicates, 'this method cannot see duplicates', metrics, absent);
  put('ping.out_of_order', outOfOrder, 'this method cannot see the order of replies', metrics, absent);
  put('ping.reply_ttl', replyTtl, received > 0 ? 'this method cannot see the TTL' : 'no reply came', metrics, absent);
  if (ownDrops > 0) absent['ping.loss'] = "the agent itself dropped datagrams: its loss would not be the network's";
  else if (sent === 0) absent['ping.loss'] = 'nothing could be sent';
  else metrics['ping.loss'] = (100 * (sent - received)) / sent;
}

function delays(samples: readonly number[], summary: BurstSummary, metrics: Values, absent: Reasons): void {
  const none = summary.spoiled > 0 ? 'the wall clock was stepped during the burst' : 'no reply came';
  const ascending = sorted(samples);
  const enough = samples.length >= MIN_REPLIES_FOR_P95;
  const few =
    samples.length === 0 ? none : `${samples.length} replies; ${MIN_REPLIES_FOR_P95} are needed, below that it would be the maximum`;
  put('ping.rtt.min', ascending[0], none, metrics, absent);
  put('ping.rtt.max', ascending.at(-1), none, metrics, absent);
  put('ping.rtt.avg', mean(samples), none, metrics, absent);
  put('ping.rtt.p50', median(samples), none, metrics, absent);
  put('ping.rtt.stddev', standardDeviation(samples), none, metrics, absent);
  const p95 = enough ? percentileOfSorted(ascending, 0.95) : undefined;
  put('ping.rtt.p95', p95, few, metrics, absent);
  put('ping.pdv.p95', p95 === undefined || ascending[0] === undefined ? undefined : p95 - ascending[0], few, metrics, absent);
  if (samples.length === 0) absent['ping.rtt'] = none;
}

function variation(rtts: readonly (number | undefined)[], samples: readonly number[], metrics: Values, absent: Reasons): void {
  const differences: number[] = [];
  for (let index = 1; index < rtts.length; index++) {
    const [before, now] = [rtts[index - 1], rtts[index]];
    if (before !== undefined && now !== undefined) differences.push(Math.abs(now - before));
  }
  const jitter = differences.length >= MIN_PAIRS_FOR_JITTER ? mean(differences) : undefined;
  const reason =
    samples.length === 0 ? 'no reply came' : `${differences.length} pairs of consecutive replies; ${MIN_PAIRS_FOR_JITTER} are needed`;
  put('ping.jitter', jitter, reason, metrics, absent);
}

function put(id: PingMetric, value: number | undefined, reason: string, metrics: Values, absent: Reasons): void {
  if (value === undefined) absent[id] = reason;
  else metrics[id] = value;
}

/** A statistic of round-trip times is as exact as they are; a difference of two has both their errors. */
function bounds(metrics: Values, errorMs: number): Values {
  const result: Values = {};
  for (const id of ['ping.rtt.min', 'ping.rtt.avg', 'ping.rtt.p50', 'ping.rtt.p95', 'ping.rtt.max'] as const) {
    if (metrics[id] !== undefined) result[id] = errorMs;
  }
  for (const id of ['ping.jitter', 'ping.pdv.p95', 'ping.rtt.stddev'] as const) {
    if (metrics[id] !== undefined) result[id] = 2 * errorMs;
  }
  return result;
}
