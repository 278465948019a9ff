import { METRIC_KINDS, UNITS } from '../metric.js';

/** Prefix of a metric id: what stands before its first dot. */
export function prefixOf(id: string): string {
  return id.slice(0, Math.max(0, id.indexOf('.')));
}

const METHODS = ['parseSettings', 'deadlineMs', 'supported', 'run'];
const NAME = /^[a-z][a-z0-9-]{0,39}$/;
const VERSION = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;
const METRIC_ID = /^[a-z][a-z0-9_-]*(\.[A-Za-z0-9_]+)+$/;

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;
const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';

function metricProblems(metric: unknown, declared: ReadonlySet<unknown>): string[] {
  if (!isFields(metric)) return ['a metric is no object'];
  const problems: string[] = [];
  const id = String(metric.id);
  if (!METRIC_ID.test(id)) problems.push(`metric id "${id}" is malformed`);
  if (!UNITS.some((unit) => unit === metric.unit)) problems.push(`metric "${id}" has the unknown unit "${String(metric.unit)}"`);
  if (!METRIC_KINDS.some((kind) => kind === metric.kind)) problems.push(`metric "${id}" is of the unknown kind "${String(metric.kind)}"`);
  if ((metric.unit === 'bool') !== (metric.kind === 'BOOL')) problems.push(`metric "${id}": the unit bool and the kind BOOL go together`);
  for (const field of ['title', 'description']) if (!isText(metric[field])) problems.push(`metric "${id}" has no ${field}`);
  for (const field of ['numerator', 'denominator']) {
    const part = metric[field];
    if (metric.kind === 'RATIO' && part === undefined) problems.push(`metric "${id}" is a RATIO without a ${field}`);
    if (part !== undefined && !declared.has(part)) problems.push(`metric "${id}" names the undeclared ${field} "${String(part)}"`);
  }
  return problems;
}

function metricsProblems(probe: Fields): string[] {
  if (!Array.isArray(probe.metrics)) return ['metrics is no list'];
  const metrics: readonly unknown[] = probe.metrics;
  const ids = metrics.map((metric) => (isFields(metric) ? metric.id : undefined));
  const problems = metrics.flatMap((metric) => metricProblems(metric, new Set(ids)));
  const twice = ids.filter((id, index) => ids.indexOf(id) !== index);
  for (const id of new Set(twice)) problems.push(`metric "${String(id)}" is declared twice`);
  const ok = `${String(probe.name)}.ok`;
  if (ids[0] !== ok) problems.push(`the first metric must be "${ok}": make the probe with defineProbe`);
  return problems;
}

function headProblems(probe: Fields): string[] {
  const problems: string[] = [];
  if (!NAME.test(String(probe.name)))
    problems.push(`the name "${String(probe.name)}" is malformed: use lower case letters, digits and hyphens`);
  if (!VERSION.test(String(probe.version))) problems.push(`the version "${String(probe.version)}" is not a semantic version like 1.0.0`);
  for (const field of ['title', 'description']) if (!isText(probe[field])) problems.push(`the ${field} is missing`);
  for (const field of ['heavy', 'last']) if (typeof probe[field] !== 'boolean') problems.push(`${field} is not true or false`);
  for (const method of METHODS) if (typeof probe[method] !== 'function') problems.push(`the method ${method} is missing`);
  if (!isFields(probe.settingsSchema)) problems.push('the settings schema is missing');
  return problems;
}

/**
 * What keeps a value from being a probe, as sentences; none when it is one. Looks at its shape alone and runs nothing of it,
 * so that an agent can ask this of a plug-in before it trusts it with a run.
 */
export function shapeProblems(probe: unknown): string[] {
  if (!isFields(probe)) return ['it is no object: the default export must be what defineProbe returns'];
  return [...headProblems(probe), ...metricsProblems(probe)];
}
