import { defineMetrics } from '../../sdk/metric.js';

/** Segments under which a retransmission rate says nothing. */
export const MIN_SEGMENTS_FOR_RATE = 100;

/** How a transfer fared, as TCP_INFO tells while it runs and at its end. */
export const transferMetrics = defineMetrics({
  'tcp.rtt.min': {
    unit: 'ms',
    kind: 'QUANTILE',
    title: 'Smallest RTT of the transfer',
    description: 'Smallest round trip that the kernel saw in the transfer (tcpi_min_rtt); absent without a transfer.',
    lowerIsBetter: true,
  },
  'tcp.rtt.avg': {
    unit: 'ms',
    kind: 'QUANTILE',
    title: 'Mean RTT of the transfer',
    description:
      'Time-weighted mean of the smoothed RTT; it includes the peer’s delayed ACK, zero windows and the transfer’s own queue; absent without a transfer.',
    lowerIsBetter: true,
    standard: 'RFC 6298',
  },
  'tcp.rtt.max': {
    unit: 'ms',
    kind: 'QUANTILE',
    title: 'Largest RTT of the transfer',
    description: 'Largest sampled smoothed RTT; absent without a transfer.',
    lowerIsBetter: true,
  },
  'tcp.rtt.variation': {
    unit: 'ms',
    kind: 'QUANTILE',
    title: 'RTT range of the transfer',
    description: 'Largest less smallest RTT of the transfer; absent without a transfer.',
    lowerIsBetter: true,
  },
  'tcp.rttvar': {
    unit: 'ms',
    kind: 'QUANTILE',
    title: 'RTT mean deviation',
    description: 'The kernel’s mean deviation of the RTT at the end (tcpi_rttvar); absent without a transfer.',
    lowerIsBetter: true,
    standard: 'RFC 6298',
  },
  'tcp.cwnd.min': {
    unit: '1',
    kind: 'QUANTILE',
    title: 'Congestion window, smallest',
    description: 'Smallest sampled congestion window, in segments; absent without a transfer.',
    lowerIsBetter: false,
    standard: 'RFC 5681',
  },
  'tcp.cwnd.avg': {
    unit: '1',
    kind: 'QUANTILE',
    title: 'Congestion window, mean',
    description: 'Time-weighted mean congestion window, in segments; absent without a transfer.',
    lowerIsBetter: false,
    standard: 'RFC 5681',
  },
  'tcp.cwnd.max': {
    unit: '1',
    kind: 'QUANTILE',
    title: 'Congestion window, largest',
    description: 'Largest sampled congestion window, in segments; absent without a transfer.',
    lowerIsBetter: false,
    standard: 'RFC 5681',
  },
  'tcp.cwnd.last': {
    unit: '1',
    kind: 'LEVEL',
    title: 'Congestion window at the end',
    description: 'Congestion window at the end, in segments; absent without a transfer.',
    lowerIsBetter: false,
    standard: 'RFC 5681',
  },
  'tcp.ssthresh.avg': {
    unit: '1',
    kind: 'QUANTILE',
    title: 'Slow-start threshold, mean',
    description: 'Time-weighted mean slow-start threshold, in segments; absent without a transfer or while it was never set.',
    standard: 'RFC 5681',
  },
  'tcp.congestion_events': {
    unit: '1',
    kind: 'COUNT',
    title: 'Congestion events',
    description:
      'Times that the connection was seen to enter CWR, Recovery or Loss, sampled at least once an RTT: a lower bound; absent without a transfer.',
    lowerIsBetter: true,
  },
  'tcp.retransmits': {
    unit: '1',
    kind: 'COUNT',
    title: 'Segments sent again',
    description: 'Segments of the transfer sent again, SYNs left out; absent without a transfer.',
    lowerIsBetter: true,
  },
  'tcp.retransmit_rate': {
    unit: '%',
    kind: 'LEVEL',
    title: 'Retransmission rate',
    description:
      'Bytes sent again as a share of those sent (tcpi_bytes_retrans / tcpi_bytes_sent); absent under 100 segments or before Linux 4.19.',
    lowerIsBetter: true,
    minSamples: MIN_SEGMENTS_FOR_RATE,
  },
  'tcp.reordering_events': {
    unit: '1',
    kind: 'COUNT',
    title: 'Reordering seen',
    description:
      'Times that the kernel saw segments of the transfer acknowledged out of order (tcpi_reord_seen); absent without a transfer or before Linux 4.19.',
    lowerIsBetter: true,
  },
  'tcp.dsack_dups': {
    unit: '1',
    kind: 'COUNT',
    title: 'Duplicates reported by the peer',
    description: 'Duplicate segments that the peer reported (tcpi_dsack_dups); absent without a transfer or before Linux 4.19.',
    lowerIsBetter: true,
    standard: 'RFC 2883',
  },
  'tcp.zero_window_events': {
    unit: '1',
    kind: 'COUNT',
    title: 'Zero windows',
    description:
      'Times that the peer’s window was seen to fall to 0, sampled at least once an RTT; absent without a transfer or before Linux 5.4.',
    lowerIsBetter: true,
  },
  'tcp.delivery_rate': {
    unit: 'Mbit/s',
    kind: 'LEVEL',
    title: 'Delivery rate',
    description:
      'Rate at which the peer acknowledged lately (tcpi_delivery_rate); absent without a transfer or when the agent had nothing to send (app-limited).',
    lowerIsBetter: false,
  },
  'tcp.limited.receiver': {
    unit: '%',
    kind: 'LEVEL',
    title: 'Limited by the receiver',
    description:
      'Share of the busy time that the peer’s receive window held the transfer back; absent without a transfer or before Linux 4.10.',
    lowerIsBetter: true,
  },
  'tcp.limited.sender': {
    unit: '%',
    kind: 'LEVEL',
    title: 'Limited by the sender',
    description:
      'Share of the busy time that the agent’s send buffer held the transfer back; absent without a transfer or before Linux 4.10.',
    lowerIsBetter: true,
  },
  'tcp.limited.network': {
    unit: '%',
    kind: 'LEVEL',
    title: 'Limited by the network',
    description:
      'Busy time limited by neither window nor send buffer: congestion window, pacing or the agent itself; absent when app-limited or under 20 RTTs.',
  },
});
