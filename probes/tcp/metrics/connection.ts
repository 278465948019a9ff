import { defineMetrics } from '../../sdk/metric.js';

/** What the two ends agreed on, as TCP_INFO of the run's last connection says. */
export const connectionMetrics = defineMetrics({
  'tcp.mss': {
    unit: 'B',
    kind: 'CODE',
    title: 'Maximum segment size',
    description: 'Maximum segment size in use for sending; absent without a connection.',
    standard: 'RFC 9293',
  },
  'tcp.window.receive': {
    unit: 'B',
    kind: 'LEVEL',
    title: 'Window of the agent',
    description: 'Window that the agent advertises at the end (tcpi_rcv_wnd); absent before Linux 6.2 or without a connection.',
  },
  'tcp.window.peer': {
    unit: 'B',
    kind: 'LEVEL',
    title: 'Window of the peer',
    description: 'Window that the peer advertises at the end (tcpi_snd_wnd); absent before Linux 5.4 or without a connection.',
    lowerIsBetter: false,
  },
  'tcp.window.scaling': {
    unit: 'bool',
    kind: 'BOOL',
    title: 'Window scaling',
    description: 'Whether both ends agreed on window scaling; absent without a connection.',
    lowerIsBetter: false,
    standard: 'RFC 7323',
  },
  'tcp.sack': {
    unit: 'bool',
    kind: 'BOOL',
    title: 'Selective acknowledgement',
    description: 'Whether both ends agreed on selective acknowledgement; absent without a connection.',
    lowerIsBetter: false,
    standard: 'RFC 2018',
  },
  'tcp.timestamps': {
    unit: 'bool',
    kind: 'BOOL',
    title: 'TCP time stamps',
    description: 'Whether both ends agreed on TCP time stamps; absent without a connection.',
    lowerIsBetter: false,
    standard: 'RFC 7323',
  },
  'tcp.window.efficiency': {
    unit: '%',
    kind: 'LEVEL',
    title: 'Window efficiency',
    description:
      'Goodput over what the window allows (the lesser of largest congestion and peer window, over the smallest RTT); under 100 in a standing queue; absent without a transfer of 20 RTTs.',
    lowerIsBetter: false,
  },
});
