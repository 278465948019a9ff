import { defineMetrics } from '../sdk/metric.js';

/** What `bandwidth` measures: goodput both ways, and what the load does to delay. */
export const metrics = defineMetrics({
  'bandwidth.download': {
    unit: 'Mbit/s',
    kind: 'LEVEL',
    title: 'Download',
    description:
      'Goodput from the far end to the agent, counted by the receiver after the start-up phase; absent when that direction was not run.',
    lowerIsBetter: false,
  },
  'bandwidth.upload': {
    unit: 'Mbit/s',
    kind: 'LEVEL',
    title: 'Upload',
    description:
      'Goodput from the agent to the far end, counted by the receiver after the start-up phase; absent when that direction was not run.',
    lowerIsBetter: false,
  },
  'bandwidth.latency.loaded': {
    unit: 'ms',
    kind: 'QUANTILE',
    title: 'Median RTT under load',
    description: 'Median round-trip time while the path was loaded; absent when no reply came back under load.',
    lowerIsBetter: true,
  },
  'bandwidth.queue_delay.download': {
    unit: 'ms',
    kind: 'QUANTILE',
    title: 'Queueing delay, download',
    description:
      '95th percentile of the RTT while downloading less the median idle RTT of the same run, flow and class; absent when either side lacks replies.',
    lowerIsBetter: true,
  },
  'bandwidth.queue_delay.upload': {
    unit: 'ms',
    kind: 'QUANTILE',
    title: 'Queueing delay, upload',
    description:
      '95th percentile of the RTT while uploading less the median idle RTT of the same run, flow and class; absent when either side lacks replies.',
    lowerIsBetter: true,
  },
  'bandwidth.responsiveness': {
    unit: '/min',
    kind: 'LEVEL',
    title: 'Responsiveness',
    description:
      'Round trips a minute under working conditions, as the draft revision named in the method computes them; absent when its stability criterion was not met.',
    lowerIsBetter: false,
    standard: 'draft-ietf-ippm-responsiveness',
  },
});
