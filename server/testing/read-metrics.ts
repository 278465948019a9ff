/** One metric as Prometheus reads it. */
export interface Metric {
  readonly type: string;
  readonly help: string;
  /** By name with labels, as written. */
  readonly samples: Map<string, number>;
}

/** Metrics by name. */
export type Metrics = Map<string, Metric>;

const LABEL = '[a-zA-Z_]\\w*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"';
const SAMPLE = new RegExp(`^([a-zA-Z_:][\\w:]*)(\\{${LABEL}(?:,${LABEL})*\\})? (\\S+)$`);
const OF_HISTOGRAM = /_(bucket|sum|count)$/;

/** Reads Prometheus' text format 0.0.4 strictly. @throws Error naming the line that is not of it */
export function readMetrics(text: string): Metrics {
  if (!text.endsWith('\n')) throw new Error('the last line must end with a line feed');
  const metrics: Metrics = new Map();
  const helps = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, what, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (line === '') continue;
    if (what === 'HELP') helps.set(name, rest);
    else if (what === 'TYPE') metrics.set(name, declared(metrics, name, rest, helps.get(name)));
    else addSample(metrics, line);
  }
  return metrics;
}

function declared(metrics: Metrics, name: string, type: string, help: string | undefined): Metric {
  if (metrics.has(name)) throw new Error(`${name} is declared twice`);
  if (!['counter', 'gauge', 'histogram', 'summary'].includes(type)) throw new Error(`${name} has the unknown type ${type}`);
  if (!help) throw new Error(`${name} has no help`);
  return { type, help, samples: new Map() };
}

function addSample(metrics: Metrics, line: string): void {
  const [, name, labels = '', text] = SAMPLE.exec(line) ?? [];
  if (name === undefined || text === undefined) throw new Error(`not a line of the text format: ${line}`);
  const metric = metrics.get(name) ?? metrics.get(name.replace(OF_HISTOGRAM, ''));
  if (!metric) throw new Error(`${name} is not declared before its sample`);
  const value = text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text);
  if (Number.isNaN(value) && text !== 'NaN' && text !== 'Nan') throw new Error(`${text} is no number: ${line}`);
  if (metric.samples.has(name + labels)) throw new Error(`there twice: ${line}`);
  metric.samples.set(name + labels, value);
}
