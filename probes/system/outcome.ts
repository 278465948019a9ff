import { readFileSync } from 'node:fs';
import type { Measurement } from '../sdk/probe.js';
import { metrics } from './metrics.js';

/** Ids of the metrics of this probe. */
export type SystemMetric = keyof typeof metrics & string;

/** A value, or the reason why there is none. */
export type Outcome = number | string;

/** Outcomes of some metrics. */
export type Outcomes = Partial<Record<SystemMetric, Outcome>>;

/** The text of a file, or the reason why it cannot be had. */
export type Source = { readonly text: string; readonly reason?: undefined } | { readonly text?: undefined; readonly reason: string };

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist on this host',
  EACCES: 'may not be read by this user',
  EPERM: 'may not be read by this user',
  EOPNOTSUPP: 'is switched off in this kernel',
  EINVAL: 'has no value at the moment',
  ENODEV: 'has no value at the moment',
  ENOTDIR: 'does not exist on this host',
};

/**
 * Reads a file of /proc or /sys. Synchronously on purpose: the kernel makes these from memory, and a trip through the thread pool costs more than the read.
 *
 * @throws what the system says when it is none of the ordinary reasons for a source to be missing.
 */
export function readSource(path: string): Source {
  try {
    return { text: readFileSync(path, 'latin1') };
  } catch (error) {
    const reason = REASONS[(error as NodeJS.ErrnoException).code ?? ''];
    if (reason === undefined) throw error;
    return { reason: `${path} ${reason}` };
  }
}

/** The outcome of a source: what `parse` finds in its text, or why not. */
export function outcomeOf(path: string, parse: (text: string) => number | undefined): Outcome {
  const { text, reason } = readSource(path);
  if (reason !== undefined) return reason;
  return parse(text) ?? `${path} does not say`;
}

/** Applies a function to a value and passes a reason on. */
export function mapOutcome(outcome: Outcome, change: (value: number) => Outcome): Outcome {
  return typeof outcome === 'number' ? change(outcome) : outcome;
}

/** Sorts outcomes into values and reasons. */
export function splitOutcomes(
  outcomes: Outcomes,
): Pick<Measurement<SystemMetric>, 'metrics'> & { absent: Partial<Record<SystemMetric, string>> } {
  const values: Partial<Record<SystemMetric, number>> = {};
  const absent: Partial<Record<SystemMetric, string>> = {};
  for (const id of Object.keys(metrics) as SystemMetric[]) {
    const outcome = outcomes[id] ?? 'this system does not tell';
    if (typeof outcome === 'number') values[id] = outcome;
    else absent[id] = outcome;
  }
  return { metrics: values, absent };
}
