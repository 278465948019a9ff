import { defineMetrics } from '../sdk/metric.js';

/** What `dns` measures: how long a resolver takes, what it answers, and whether it had the answer ready. */
export const metrics = defineMetrics({
  'dns.time': {
    unit: 'ms',
    kind: 'DISTRIBUTION',
    title: 'Resolution time',
    description: "Time from query to answer: the queries' samples, their median as the value; absent when no answer came.",
    lowerIsBetter: true,
    standard: 'RFC 1035',
  },
  'dns.time.cached': {
    unit: 'ms',
    kind: 'LEVEL',
    title: 'Resolution time, repeated',
    description: 'Time of the same query asked again at once; absent when the first one was not answered.',
    lowerIsBetter: true,
  },
  'dns.cache_hit_ratio': {
    unit: '%',
    kind: 'ESTIMATE',
    title: 'Cache hits, estimated',
    description:
      'Share of the answers whose TTL is below the authoritative one, so that they came from a cache; absent where the authoritative TTL is unknown.',
    lowerIsBetter: false,
    standard: 'RFC 1035',
  },
  'dns.answers': {
    unit: '1',
    kind: 'LEVEL',
    title: 'Records answered',
    description: 'Resource records in the answer section; absent when no answer came.',
    standard: 'RFC 1035',
  },
  'dns.ttl': {
    unit: 's',
    kind: 'LEVEL',
    title: 'Smallest TTL',
    description: 'Smallest time to live among the records answered; absent when there was none.',
    standard: 'RFC 1035',
  },
  'dns.rcode': {
    unit: '1',
    kind: 'CODE',
    title: 'Response code',
    description: 'Response code of the answer, 0 for no error and 3 for an unknown name; absent when no answer came.',
    standard: 'RFC 1035, RFC 6895',
  },
});
