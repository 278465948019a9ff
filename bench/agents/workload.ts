import { CATALOGUE, PROBE_CATALOGUE } from '../../probes/catalogue.js';
import { uuidAt } from '../../server/testing/measuring.js';
import type { Assigned } from './light-agent.js';

/** The probes that the measured test runs. */
export const PROBES = ['ping', 'tcp', 'system'];
const SAMPLES = 10;

/** The probes as agents declare them. */
export function declaredProbes(): unknown[] {
  return PROBE_CATALOGUE.filter(({ name }) => PROBES.includes(name)).map(({ name, title }) => ({
    ...{ name, title, version: '1.0.0', available: true, method: 'bench', description: title, settingsSchema: { type: 'object' } },
    metrics: CATALOGUE.filter(({ probe }) => probe === name).map(({ probe: _, ...metric }) => metric),
  }));
}

const METRICS = CATALOGUE.filter(({ probe }) => PROBES.includes(probe));

function number(kind: string): number {
  if (kind === 'BOOL') return 1;
  const value = Number((Math.random() * 10 ** (Math.random() * 5)).toPrecision(6));
  return kind === 'COUNT' || kind === 'CODE' ? Math.round(value) : value;
}

/** A whole result of the assignment, measured now: every metric of its probes, with samples where it has some. */
export function resultOf(
  { testId, revision, target }: Assigned,
  sequence: number,
): Readonly<Record<string, unknown>> & { readonly id: string } {
  const now = Date.now();
  const startedAt = new Date(now).toISOString();
  const numbers = METRICS.filter(({ kind }) => kind !== 'DISTRIBUTION').map(({ id, kind }) => [id, number(kind)]);
  const samples = METRICS.filter(({ kind }) => kind === 'DISTRIBUTION').map(({ id, kind }) => [
    id,
    Array.from({ length: SAMPLES }, () => number(kind)),
  ]);
  return {
    ...{ id: uuidAt(now), testId, targetId: target.id, revision, sequence, scheduledAt: startedAt, startedAt, status: 'OK' },
    ...{ metrics: Object.fromEntries(numbers), distributions: Object.fromEntries(samples) },
    runs: PROBES.map((probe) => ({ probe, status: 'OK', startedAt, durationMs: number('LEVEL'), method: 'bench', absent: {} })),
  };
}
