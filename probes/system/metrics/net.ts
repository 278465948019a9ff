import { defineMetrics } from '../../sdk/metric.js';

/** Traffic of the physical interfaces, and the host-wide state of TCP and connection tracking. */
export const netMetrics = defineMetrics({
  'net.sent': {
    unit: 'B/s',
    kind: 'LEVEL',
    title: 'Bytes sent',
    description:
      'Bytes sent a second by all physical interfaces since the previous reading; absent when there is no such interface or a counter went backwards.',
  },
  'net.received': {
    unit: 'B/s',
    kind: 'LEVEL',
    title: 'Bytes received',
    description:
      'Bytes received a second by all physical interfaces since the previous reading; absent when there is no such interface or a counter went backwards.',
  },
  'net.packets_sent': {
    unit: '/s',
    kind: 'LEVEL',
    title: 'Packets sent',
    description:
      'Packets sent a second by all physical interfaces since the previous reading; absent when there is no such interface or a counter went backwards.',
  },
  'net.packets_received': {
    unit: '/s',
    kind: 'LEVEL',
    title: 'Packets received',
    description:
      'Packets received a second by all physical interfaces since the previous reading; absent when there is no such interface or a counter went backwards.',
  },
  'net.errors_in': {
    unit: '/s',
    kind: 'LEVEL',
    title: 'Receive errors',
    description:
      'Receive errors a second of all physical interfaces since the previous reading; absent when there is no such interface or a counter went backwards.',
    lowerIsBetter: true,
  },
  'net.errors_out': {
    unit: '/s',
    kind: 'LEVEL',
    title: 'Transmit errors',
    description:
      'Transmit errors a second of all physical interfaces since the previous reading; absent when there is no such interface or a counter went backwards.',
    lowerIsBetter: true,
  },
  'net.drops_in': {
    unit: '/s',
    kind: 'LEVEL',
    title: 'Receive drops',
    description:
      'Received packets dropped a second by all physical interfaces since the previous reading; absent when there is no such interface or a counter went backwards.',
    lowerIsBetter: true,
  },
  'net.drops_out': {
    unit: '/s',
    kind: 'LEVEL',
    title: 'Transmit drops',
    description:
      'Packets dropped a second before sending by all physical interfaces since the previous reading; absent when there is no such interface or a counter went backwards.',
    lowerIsBetter: true,
  },
  'net.tcp_connections': {
    unit: '1',
    kind: 'LEVEL',
    title: 'TCP connections',
    description:
      'TCP connections of this host that are established or closing with data left to receive; absent when the system does not tell.',
    standard: 'RFC 4022 (tcpCurrEstab)',
  },
  'net.tcp_retransmit_rate': {
    unit: '%',
    kind: 'LEVEL',
    title: 'TCP retransmissions',
    description:
      'Segments that the host sent again as a share of all that it sent since the previous reading; absent when it sent none or a counter went backwards.',
    lowerIsBetter: true,
    standard: 'RFC 4022 (tcpRetransSegs, tcpOutSegs)',
  },
  'net.conntrack.utilization': {
    unit: '%',
    kind: 'LEVEL',
    title: 'Connection tracking used',
    description: 'Entries of the connection tracking table as a share of its maximum; absent when the module is not loaded.',
    lowerIsBetter: true,
  },
});
