import { defineMetrics } from '../sdk/metric.js';

/** What `traceroute` measures: the length, the delay and the loss of the path, hop by hop. */
export const metrics = defineMetrics({
  'traceroute.hops': {
    unit: '1',
    kind: 'LEVEL',
    title: 'Hops to the target',
    description: 'TTL at which the target itself answered; absent when the target did not answer.',
  },
  'traceroute.last_ttl': {
    unit: '1',
    kind: 'LEVEL',
    title: 'Farthest hop that answered',
    description: 'Largest TTL to which any router or the target answered; absent when nothing answered at all.',
  },
  'traceroute.reached': {
    unit: 'bool',
    kind: 'BOOL',
    title: 'Target reached',
    description: '1 when the target itself answered, 0 when the trace ended before it; absent when no probe could be sent.',
    lowerIsBetter: false,
  },
  'traceroute.rtt.last': {
    unit: 'ms',
    kind: 'LEVEL',
    title: 'RTT to the last hop',
    description: 'Smallest round-trip time to the farthest hop that answered; absent when nothing answered.',
    lowerIsBetter: true,
  },
  'traceroute.loss.worst': {
    unit: '%',
    kind: 'LEVEL',
    title: 'Worst loss on the path',
    description:
      'Largest loss at a hop that every later answering hop and the target share within their 95 % intervals, so that a router which merely limits its answers does not count; absent unless the target was reached with 60 probes or more a hop.',
    lowerIsBetter: true,
    minSamples: 60,
  },
  'traceroute.rtt.largest_step': {
    unit: 'ms',
    kind: 'LEVEL',
    title: 'Largest delay step',
    description:
      'Largest increase of the minimum RTT from one hop to the next that all later hops keep, the hops of one MPLS tunnel counting as one; absent with fewer than two answering hops.',
    lowerIsBetter: true,
  },
  'traceroute.path_changed': {
    unit: 'bool',
    kind: 'BOOL',
    title: 'Path changed',
    description:
      '1 when, for the same flow, two traces running show another length or an address outside the known equal-cost set at some TTL, a silent hop matching anything; absent until there is an earlier path to compare with.',
    lowerIsBetter: true,
  },
  'traceroute.paths': {
    unit: '1',
    kind: 'LEVEL',
    title: 'Parallel paths',
    description:
      'Equal-cost paths found by the multipath detection stopping rule at 95 % confidence; absent when the detection is off or was cut short.',
    standard: 'Paris traceroute MDA (Augustin et al., 2007)',
  },
});
