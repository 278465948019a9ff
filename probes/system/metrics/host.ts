import { defineMetrics } from '../../sdk/metric.js';

/** Processes, uptime, and how well the agent itself kept time: what makes its other numbers trustworthy. */
export const hostMetrics = defineMetrics({
  'process.count': {
    unit: '1',
    kind: 'LEVEL',
    title: 'Processes',
    description: 'Processes that the agent can see; absent when the system does not tell.',
  },
  'process.open_files': {
    unit: '1',
    kind: 'LEVEL',
    title: 'Open files',
    description: 'File descriptions that are open on the host; absent when the system does not tell.',
    standard: 'proc_sys_fs(5)',
  },
  'host.uptime': {
    unit: 'h',
    kind: 'LEVEL',
    title: 'Uptime',
    description: 'Time since the host started; absent when the system does not tell.',
  },
  'agent.schedule_lag': {
    unit: 'ms',
    kind: 'LEVEL',
    title: 'Schedule lag',
    description: 'How much later than planned the cycle started; absent outside a schedule.',
    lowerIsBetter: true,
  },
  'agent.send_slip.p95': {
    unit: 'ms',
    kind: 'QUANTILE',
    title: 'Send slip p95',
    description:
      "95th percentile of the kernel's send stamp less the planned time over the cycle's packets; absent when no packet of the cycle has both.",
    lowerIsBetter: true,
  },
  'agent.receive_drops': {
    unit: '1',
    kind: 'COUNT',
    title: 'Receive drops of the agent',
    description:
      "Datagrams that the agent's own sockets dropped in the cycle, which is loss inside the agent and not the network's; absent when nobody counted.",
    lowerIsBetter: true,
    standard: 'socket(7) (SO_RXQ_OVFL)',
  },
  'clock.offset': {
    unit: 'ms',
    kind: 'LEVEL',
    title: 'Clock offset',
    description: "Offset of the agent's clock to the server's, with its error bound; absent before the first exchange with a server.",
  },
  'clock.steps': {
    unit: '1',
    kind: 'COUNT',
    title: 'Clock steps',
    description: 'Steps of the wall clock against the monotonic one since the previous cycle; absent where nobody watches.',
    lowerIsBetter: true,
  },
});
