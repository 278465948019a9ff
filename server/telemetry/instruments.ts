import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Upper bounds of times from a fraction of a millisecond to many seconds, s. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Upper bounds of how late results come: at once, or after an outage of days, s. */
const LAGS = [0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 3600, 21_600, 86_400, 604_800];

/** What is counted where it happens. Labels have few values: no id, name or address of anybody is ever one. */
export function createInstruments(registry: Registry) {
  const registers = [registry];
  const counter = <T extends string>(name: string, help: string, labelNames: readonly T[] = []) =>
    new Counter({ name: `streamswarm_${name}`, help, labelNames, registers });
  const histogram = <T extends string>(name: string, help: string, buckets: number[], labelNames: readonly T[] = []) =>
    new Histogram({ name: `streamswarm_${name}`, help, labelNames, buckets, registers });
  return {
    accepted: counter('results_accepted_total', 'Results that are committed, those sent twice counted twice.'),
    rejected: counter('results_rejected_total', 'Results that were refused, by the code that the agent was told.', ['code']),
    batches: counter('result_batches_total', 'Submissions of results.'),
    commit: histogram('result_commit_seconds', 'From the arrival of a submission to its commit, s.', SECONDS),
    lag: histogram('result_lag_seconds', 'From the start of an accepted measurement to its arrival here, s.', LAGS),
    receivedBytes: counter('socket_received_bytes_total', 'Bytes of the messages that came over WebSockets.'),
    operations: counter('operations_total', 'GraphQL operations, by kind, transport and outcome (ok, or the code of the first error).', [
      'kind',
      'transport',
      'outcome',
    ]),
    refused: counter(
      'operations_refused_total',
      'Operations that were refused before they were executed (limits, rights of a request, documents that are not valid), by transport and code.',
      ['transport', 'code'],
    ),
    operationSeconds: histogram('operation_seconds', 'How long GraphQL operations ran, s; of subscriptions each event.', SECONDS, [
      'kind',
      'transport',
    ]),
    subscriptions: new Gauge({
      name: 'streamswarm_subscriptions',
      help: 'Open subscriptions, by field.',
      labelNames: ['field'],
      registers,
    }),
    writerWait: histogram('database_wait_seconds', 'How long a transaction waited for its connection, s.', SECONDS),
    transaction: histogram(
      'database_transaction_seconds',
      'How long a transaction took once it had begun, its commit included, s.',
      SECONDS,
    ),
    retries: counter('transaction_retries_total', 'Transactions that were done again since they met another one, by reason.', ['reason']),
    lookUpFailures: counter('metric_failures_total', 'Metrics that could not be looked up when somebody scraped, by name.', ['metric']),
    periodic: histogram('periodic_seconds', 'How long periodic work took, by its name and whether it failed, s.', SECONDS, [
      'work',
      'outcome',
    ]),
  };
}

/** What is counted where it happens. */
export type Instruments = ReturnType<typeof createInstruments>;
