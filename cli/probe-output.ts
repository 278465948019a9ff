import type { Probe } from '../probes/sdk/probe.js';
import type { ProbeRun } from '../probes/sdk/run.js';
import { median } from '../probes/sdk/stats.js';
import { table } from './table.js';

/** A run as `probe --json` prints it. */
export function runAsJson(run: ProbeRun, target: string): string {
  const { probe, status, method, startedAt, durationMs, metrics, errorBounds, distributions, absent, flow, details, error } = run;
  const output = {
    probe,
    target,
    status,
    method,
    startedAt,
    durationMs,
    metrics,
    errorBounds,
    distributions,
    absent,
    flow,
    details,
    error,
  };
  return JSON.stringify(output, null, 2);
}

function valueRows(probe: Probe, { metrics, errorBounds }: ProbeRun): string[][] {
  return probe.metrics
    .filter(({ id }) => id in metrics)
    .map(({ id, unit, title }) => {
      const bound = errorBounds[id];
      return [id, String(metrics[id]), unit === '1' || unit === 'bool' ? '' : unit, bound === undefined ? '' : `± ${bound}`, title];
    });
}

function sampleRows(probe: Probe, { distributions }: ProbeRun): string[][] {
  return probe.metrics.flatMap(({ id, unit }) => {
    const samples = distributions[id];
    if (!samples || samples.length === 0) return [];
    const summary = `${Math.min(...samples)} to ${Math.max(...samples)} ${unit}, median ${median(samples)}`;
    return [[id, `${samples.length} samples`, summary]];
  });
}

/** Metrics that share a reason share a line. */
function absentRows({ absent }: ProbeRun): string[][] {
  const byReason = new Map<string, string[]>();
  for (const [id, reason] of Object.entries(absent)) byReason.set(reason, [...(byReason.get(reason) ?? []), id]);
  return [...byReason].map(([reason, ids]) => [ids.join(', '), reason]);
}

/** A run as a person reads it: values with unit and error bound, samples, and what could not be measured and why. */
export function runAsText(probe: Probe, run: ProbeRun, target: string): string {
  const head = `${probe.title} ${target}: ${run.status} in ${run.durationMs} ms by ${run.method}`;
  const sections = [
    table(valueRows(probe, run), new Set([1])),
    table(sampleRows(probe, run)),
    absentRows(run)
      .map(([ids, reason]) => `not measured: ${ids}\n  ${reason}`)
      .join('\n'),
    run.error ? `${run.error.code}: ${run.error.message}` : '',
  ];
  return [head, ...sections.filter((section) => section !== '')].join('\n\n');
}
