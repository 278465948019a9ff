import { defineMetrics } from '../sdk/metric.js';

/** Replies under which a 95th percentile would be the maximum. */
export const MIN_REPLIES_FOR_P95 = 20;
/** Pairs of consecutive replies under which there is no jitter. */
export const MIN_PAIRS_FOR_JITTER = 2;

/** What the ping probe measures. All times are round trip. */
export const metrics = defineMetrics({
  'ping.rtt.min': {
    unit: 'ms',
    kind: 'QUANTILE',
    title: 'Smallest RTT',
    description: 'Smallest round-trip time of the burst; absent without a reply.',
    lowerIsBetter: true,
    standard: 'RFC 2681',
  },
  'ping.rtt.avg': {
    unit: 'ms',
    kind: 'QUANTILE',
    title: 'Mean RTT',
    description: 'Mean round-trip time of the burst; absent without a reply.',
    lowerIsBetter: true,
    standard: 'RFC 2681',
  },
  'ping.rtt.p50': {
    unit: 'ms',
    kind: 'QUANTILE',
    title: 'Median RTT',
    description: 'Median round-trip time of the burst; absent without a reply.',
    lowerIsBetter: true,
    standard: 'RFC 2681',
  },
  'ping.rtt.p95': {
    unit: 'ms',
    kind: 'QUANTILE',
    title: '95th percentile RTT',
    minSamples: MIN_REPLIES_FOR_P95,
    lowerIsBetter: true,
    standard: 'RFC 2681',
    description: '95th percentile of the round-trip times, nearest rank; absent under 20 replies, where it would be the maximum.',
  },
  'ping.rtt.max': {
    unit: 'ms',
    kind: 'QUANTILE',
    title: 'Largest RTT',
    description: 'Largest round-trip time of the burst; absent without a reply.',
    lowerIsBetter: true,
    standard: 'RFC 2681',
  },
  'ping.rtt.stddev': {
    unit: 'ms',
    kind: 'QUANTILE',
    title: 'RTT standard deviation',
    description: 'Standard deviation of the round-trip times of the burst; absent without a reply.',
    lowerIsBetter: true,
  },
  'ping.jitter': {
    unit: 'ms',
    kind: 'QUANTILE',
    title: 'Jitter (round trip)',
    minSamples: MIN_PAIRS_FOR_JITTER,
    lowerIsBetter: true,
    standard: 'RFC 3393, round trip',
    description: 'Mean difference between the round-trip times of consecutively numbered replies; absent under 2 such pairs.',
  },
  'ping.pdv.p95': {
    unit: 'ms',
    kind: 'QUANTILE',
    title: 'Delay variation, 95th percentile',
    minSamples: MIN_REPLIES_FOR_P95,
    lowerIsBetter: true,
    standard: 'RFC 5481, round trip',
    description: '95th percentile of the round-trip times less the smallest of the burst; absent under 20 replies.',
  },
  'ping.loss': {
    unit: '%',
    kind: 'RATIO',
    title: 'Loss (round trip)',
    numerator: 'ping.received',
    denominator: 'ping.sent',
    lowerIsBetter: true,
    standard: 'RFC 6673',
    description: 'Echo requests without a reply in time, as a share of those sent; absent when the agent itself dropped datagrams.',
  },
  'ping.sent': {
    unit: '1',
    kind: 'COUNT',
    title: 'Requests sent',
    description: 'Echo requests sent, the warm-up packet left out; absent when none could be sent.',
  },
  'ping.received': {
    unit: '1',
    kind: 'COUNT',
    title: 'Replies received',
    description: 'Distinct echo replies received in time; absent when none could be asked for.',
    lowerIsBetter: false,
  },
  'ping.duplicates': {
    unit: '1',
    kind: 'COUNT',
    title: 'Duplicate replies',
    description: 'Replies that came again; absent when the method cannot see them.',
    lowerIsBetter: true,
  },
  'ping.out_of_order': {
    unit: '1',
    kind: 'COUNT',
    title: 'Replies out of order',
    description: 'Replies that arrived after a later one; absent when the method cannot see their order.',
    lowerIsBetter: true,
  },
  'ping.reply_ttl': {
    unit: '1',
    kind: 'CODE',
    title: 'TTL of replies',
    description: 'TTL, or hop limit, of the last reply; absent without a reply.',
  },
  'ping.rtt': {
    unit: 'ms',
    kind: 'DISTRIBUTION',
    title: 'RTT',
    lowerIsBetter: true,
    standard: 'RFC 2681',
    description:
      'The round-trip times of the burst’s packets themselves, so that percentiles of any range are percentiles of packets; absent without a reply.',
  },
});
