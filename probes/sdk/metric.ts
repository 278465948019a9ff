/**
 * How a number behaves when it is summed up over time. The kind decides which statistics exist for it, how it is rolled up and where it may be used.
 *
 * - `LEVEL` a measured level (a load, a temperature): min, mean, max and percentiles over the results.
 * - `QUANTILE` a statistic of a run's own samples (an average or percentile RTT): its mean over runs is a mean of such statistics, said so.
 * - `COUNT` a number of events in a run: sums make sense.
 * - `RATIO` a share with a named numerator and denominator: rolls up as sum / sum.
 * - `BOOL` 0 or 1, `CODE` a name for a state (a TTL, a status code): no mean.
 * - `ESTIMATE` derived under an assumption that was not checked: never an input of health, alerts or models.
 * - `DISTRIBUTION` the samples of a run themselves: percentiles of any range are percentiles of packets.
 */
export const METRIC_KINDS = ['LEVEL', 'QUANTILE', 'COUNT', 'RATIO', 'BOOL', 'CODE', 'ESTIMATE', 'DISTRIBUTION'] as const;
export type MetricKind = (typeof METRIC_KINDS)[number];

/** Units that a metric may have: UCUM codes where UCUM has one, `1` for a count, code or ratio. */
export const UNITS = [
  'ms', 's', 'd', 'h', '%', 'B', 'B/s', 'Mbit/s', '/s', '/min', '/h', '1', 'dBm', 'dB', 'Cel', 'W', 'Hz', 'bool',
] as const; // prettier-ignore
export type Unit = (typeof UNITS)[number];

/** What is declared once of a metric; charts, forms, docs, exports and rollups derive from it. */
export interface MetricDeclaration {
  readonly unit: Unit;
  readonly kind: MetricKind;
  /** A short name for people, without the unit: "Median RTT". */
  readonly title: string;
  /** One sentence: what the number is, and when it is absent. */
  readonly description: string;
  /** Which direction is better; left out where neither is. */
  readonly lowerIsBetter?: boolean;
  /**
   * Of a RATIO: the counts that make it. The numerator is what arrived, was sent again, …: a share counts it, a loss counts what it lacks of the denominator.
   * Both roll up alike, without knowing which it is: sum(value x denominator) / sum(denominator), which is the ratio of the sums.
   */
  readonly numerator?: string;
  readonly denominator?: string;
  /** Samples in a run below which the metric is absent. */
  readonly minSamples?: number;
  /** The RFC, recommendation or man page that defines it. */
  readonly standard?: string;
}

/** A declared metric with its id and the probe that owns it. */
export interface Metric extends MetricDeclaration {
  readonly id: string;
  readonly probe: string;
}

/** The metrics of one probe, by id. */
export type MetricTable = Readonly<Record<string, MetricDeclaration>>;

/** The prefix may have hyphens, since a probe's name may. */
const ID = /^[a-z][a-z0-9_-]*(\.[A-Za-z0-9_]+)+$/;

/**
 * Declares a probe's metrics, keeping their ids as literal types so that an undeclared id does not compile.
 *
 * @throws Error that names the id when an id is malformed, or when a RATIO lacks its numerator or denominator.
 */
export function defineMetrics<const T extends Record<string, MetricDeclaration>>(metrics: T): Readonly<T> {
  for (const [id, metric] of Object.entries<MetricDeclaration>(metrics)) {
    if (!ID.test(id)) throw new Error(`metric id "${id}" is malformed: write dotted lower case words, like "ping.rtt.avg"`);
    if (metric.kind === 'RATIO' && !(metric.numerator && metric.denominator)) {
      throw new Error(`metric "${id}" is a RATIO: name its numerator and denominator`);
    }
  }
  return Object.freeze(metrics);
}

/** The declaration that the SDK adds to each probe: `<probe>.ok`. */
export function okMetric(title: string): MetricDeclaration {
  return {
    unit: 'bool',
    kind: 'BOOL',
    title: `${title} succeeded`,
    description:
      'The run reached and validated its target, or read its source; 0 when the target failed, absent when the agent could not try.',
    lowerIsBetter: false,
  };
}

/** A probe's metrics as a list, `<probe>.ok` first. */
export function listMetrics(probe: string, title: string, metrics: MetricTable): Metric[] {
  const all: MetricTable = { [`${probe}.ok`]: okMetric(title), ...metrics };
  return Object.entries(all).map(([id, declaration]) => ({ id, probe, ...declaration }));
}
