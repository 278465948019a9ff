import { defineMetrics } from '../../sdk/metric.js';

/** How connections came about. Of several handshakes in a run: medians; the samples themselves are `tcp.rtt`. */
export const handshakeMetrics = defineMetrics({
  'tcp.handshake.syn_ack': {
    unit: 'ms',
    kind: 'QUANTILE',
    title: 'SYN to SYN-ACK',
    description:
      'SYN sent to SYN-ACK received, by kernel time stamps or TCP_INFO, median of the handshakes; absent when none was made at the first try.',
    lowerIsBetter: true,
    standard: 'RFC 9293',
  },
  'tcp.handshake.ack': {
    unit: 'ms',
    kind: 'QUANTILE',
    title: 'SYN-ACK to ACK',
    description: "SYN-ACK seen to ACK handed to the interface: the agent's own stack, not the network; absent without the packet tap.",
    lowerIsBetter: true,
  },
  'tcp.handshake.syn': {
    unit: 'ms',
    kind: 'QUANTILE',
    title: 'Connect call to SYN',
    description: "From connect() called to SYN handed to the interface: the agent's own stack; absent without the packet tap.",
    lowerIsBetter: true,
  },
  'tcp.handshake.total': {
    unit: 'ms',
    kind: 'QUANTILE',
    title: 'Handshake, total',
    description:
      'From connect() called to connection established (the ACK handed to the interface), SYNs sent again included, median; absent when no connection was made or only an event loop saw it.',
    lowerIsBetter: true,
  },
  'tcp.handshake.one_way_delay_estimate': {
    unit: 'ms',
    kind: 'ESTIMATE',
    title: 'One-way delay, estimated',
    description: 'Half of the smallest round trip, as if both ways were alike (which nobody checked); absent without a round trip.',
    lowerIsBetter: true,
  },
  'tcp.handshake.server_processing': {
    unit: 'ms',
    kind: 'QUANTILE',
    title: 'Server processing',
    description:
      'Last request byte sent to first response byte received, less the smoothed RTT just before; behind a proxy the proxy’s; absent without a request, without kernel stamps of both, after retransmission, or for a request over the congestion window.',
    lowerIsBetter: true,
  },
  'tcp.handshake.syn_retransmits': {
    unit: '1',
    kind: 'COUNT',
    title: 'SYNs sent again',
    description:
      'SYNs sent again before the answer or the time-out, over all handshakes of the run; absent where the kernel does not tell.',
    lowerIsBetter: true,
    standard: 'RFC 6298',
  },
  'tcp.connect_time': {
    unit: 'ms',
    kind: 'QUANTILE',
    title: 'Connect time',
    description:
      'From connect() called to the connection standing, as an application that waits for it sees it (without an event loop’s delay where the kernel tells), name resolution left out, median; absent when no connection was made.',
    lowerIsBetter: true,
  },
  'tcp.rtt': {
    unit: 'ms',
    kind: 'DISTRIBUTION',
    title: 'Handshake RTT',
    description:
      "The run's SYN to SYN-ACK times themselves, so that percentiles of any range are percentiles of packets; absent when no handshake was made at the first try.",
    lowerIsBetter: true,
  },
});
