import type { Metric, Unit } from '../metric.js';
import type { Measurement, Probe } from '../probe.js';

const NON_NEGATIVE = [0, Number.MAX_VALUE] as const;

/** What a value may be at all, by unit. Units that are not here may have any finite value. */
const RANGES: Partial<Record<Unit, readonly [number, number]>> = {
  '%': [0, 100],
  bool: [0, 1],
  ms: NON_NEGATIVE,
  s: NON_NEGATIVE,
  h: NON_NEGATIVE,
  B: NON_NEGATIVE,
  'B/s': NON_NEGATIVE,
  'Mbit/s': NON_NEGATIVE,
  '/s': NON_NEGATIVE,
  '/min': NON_NEGATIVE,
  '/h': NON_NEGATIVE,
  Hz: NON_NEGATIVE,
  W: NON_NEGATIVE,
  dBm: [-200, 100],
  Cel: [-100, 200],
};

function valueProblem(metric: Metric, value: number, signed: readonly string[]): string | undefined {
  const { id, unit, kind } = metric;
  if (!Number.isFinite(value)) return `"${id}" is ${value}: leave it out and give the reason`;
  const [low, high] = RANGES[unit] ?? [-Number.MAX_VALUE, Number.MAX_VALUE];
  if ((value < low && !signed.includes(id)) || value > high) return `"${id}" is ${value} ${unit}, which cannot be`;
  if (['BOOL', 'COUNT', 'CODE'].includes(kind) && !Number.isInteger(value)) return `"${id}" is ${value}, but a ${kind} is a whole number`;
  if (kind === 'COUNT' && value < 0) return `"${id}" counts ${value}`;
  return undefined;
}

function ratioProblem(metric: Metric, values: Measurement['metrics']): string | undefined {
  const { id, numerator, denominator, unit } = metric;
  if (numerator === undefined || denominator === undefined) return undefined;
  const [value, above, below] = [values[id], values[numerator], values[denominator]];
  if (value === undefined || above === undefined || below === undefined || below === 0) return undefined;
  const whole = unit === '%' ? 100 : 1;
  const share = (whole * above) / below;
  const near = (expected: number): boolean => Math.abs(value - expected) <= whole * 1e-4;
  return near(share) || near(whole - share) ? undefined : `"${id}" is ${value}, but ${numerator} / ${denominator} is ${above} / ${below}`;
}

function metricProblems(metric: Metric, measurement: Measurement, signed: readonly string[]): (string | undefined)[] {
  const { id } = metric;
  const value = measurement.metrics[id];
  const samples = measurement.distributions?.[id] ?? [];
  const reason = measurement.absent?.[id] ?? measurement.failure?.message;
  const measured = value !== undefined || samples.length > 0;
  const bound = measurement.errorBounds?.[id];
  return [
    measured || (reason !== undefined && reason.trim() !== '') ? undefined : `"${id}" has neither a value nor a reason`,
    measured && measurement.absent?.[id] !== undefined ? `"${id}" has a value and a reason to be absent` : undefined,
    samples.length > 0 && metric.kind !== 'DISTRIBUTION' ? `"${id}" has samples but is no DISTRIBUTION` : undefined,
    bound !== undefined && !(bound >= 0 && Number.isFinite(bound)) ? `the error bound of "${id}" is ${bound}` : undefined,
    bound !== undefined && !measured ? `"${id}" has an error bound but no value` : undefined,
    ...(value === undefined ? samples : [value, ...samples]).map((number) => valueProblem(metric, number, signed)),
    ratioProblem(metric, measurement.metrics),
  ];
}

/** What is wrong with a measurement's numbers, as sentences: undeclared, unexplained, impossible. */
export function measurementProblems(probe: Probe, measurement: Measurement, signed: readonly string[] = []): string[] {
  const own = probe.metrics.filter(({ id }) => id !== `${probe.name}.ok`);
  const declared = new Set(own.map(({ id }) => id));
  const { metrics, distributions = {}, errorBounds = {}, absent = {} } = measurement;
  const mentioned = new Set([metrics, distributions, errorBounds, absent].flatMap((part) => Object.keys(part)));
  const undeclared = [...mentioned].filter((id) => !declared.has(id)).map((id) => `"${id}" is not declared`);
  const problems = own.flatMap((metric) => metricProblems(metric, measurement, signed));
  const method = measurement.method.trim() === '' ? ['the method is empty'] : [];
  return [...undeclared, ...problems.filter((problem) => problem !== undefined), ...method];
}
