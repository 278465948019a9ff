import { CATALOGUE, PROBE_CATALOGUE } from '../../probes/catalogue.js';
import { roundSignificant } from '../../probes/sdk/stats.js';
import { uuidAt, type SeenTest } from '../../server/testing/measuring.js';

const METRICS_A_RESULT = 116;
const SAMPLES = 20;

/** Probes whose metrics make up a result of 116 metrics. */
export const PROBES = pickProbes();
const METRICS = CATALOGUE.filter(({ probe }) => PROBES.includes(probe)).slice(0, METRICS_A_RESULT);

/** The metrics that charts of the bench show: samples of packets, a statistic of a run, a ratio, a count. */
export const CHARTED = pickCharted();

function pickProbes(): string[] {
  const picked: string[] = [];
  let metrics = 0;
  for (const { name } of PROBE_CATALOGUE) {
    if (metrics >= METRICS_A_RESULT) break;
    picked.push(name);
    metrics += CATALOGUE.filter(({ probe }) => probe === name).length;
  }
  return picked;
}

function pickCharted(): string[] {
  const first = (kind: string): string[] =>
    METRICS.filter((metric) => metric.kind === kind)
      .slice(0, 1)
      .map(({ id }) => id);
  return ['DISTRIBUTION', 'QUANTILE', 'RATIO', 'COUNT', 'LEVEL'].flatMap(first);
}

/** The probes as an agent declares them. */
export function declaredProbes(): unknown[] {
  return PROBE_CATALOGUE.filter(({ name }) => PROBES.includes(name)).map(({ name, title }) => ({
    ...{ name, title, version: '1.0.0', available: true, method: 'bench', description: title, settingsSchema: { type: 'object' } },
    metrics: CATALOGUE.filter(({ probe }) => probe === name).map(({ probe: _, ...metric }) => metric),
  }));
}

/** A walk around a level of its own, with an outlier now and then: what a metric looks like over a day. */
function walk(place: number, index: number): number {
  const level = 10 ** ((place % 9) / 2 - 1);
  const spike = Math.random() < 0.01 ? 3 * Math.random() : 0;
  return roundSignificant(level * (1 + 0.2 * Math.sin(index / 500) + 0.15 * Math.random() + spike));
}

function valueOf(kind: string, place: number, index: number): number {
  if (kind === 'BOOL') return 1;
  if (kind === 'CODE') return 200;
  if (kind === 'COUNT') return place % 2 === 0 ? SAMPLES : Math.round(100 * walk(place, index));
  return walk(place, index);
}

/** The `index`th result of a test, started at `at` (ms since 1970): 116 metrics, a distribution's samples, runs. */
export function seriesResult(test: Pick<SeenTest, 'id' | 'targets'>, at: number, index: number): Record<string, unknown> {
  const startedAt = new Date(at).toISOString();
  const sampled = METRICS.filter(({ kind }) => kind === 'DISTRIBUTION');
  const entries = METRICS.flatMap(({ id, kind }, place) => (kind === 'DISTRIBUTION' ? [] : [[id, valueOf(kind, place, index)]]));
  return {
    ...{ id: uuidAt(at), testId: test.id, targetId: test.targets[0]?.id, revision: 1, sequence: index, scheduledAt: startedAt, startedAt },
    status: 'OK',
    metrics: Object.fromEntries(entries),
    distributions: Object.fromEntries(sampled.map(({ id }, place) => [id, Array.from({ length: SAMPLES }, () => walk(place, index))])),
    runs: PROBES.map((probe) => ({ probe, status: 'OK', startedAt, durationMs: 20, method: `${probe} by kernel stamps`, absent: {} })),
  };
}
