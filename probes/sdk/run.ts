import { performance } from 'node:perf_hooks';
import { z } from 'zod';
import { judgesTarget, PROBE_ERROR_CODES, ProbeFailure, type ProbeErrorCode } from './error.js';
import type { Json, Measurement, Probe, ProbeContext } from './probe.js';
import { shortNumbers } from './short-numbers.js';
import { roundSignificant, thinEvenly } from './stats.js';

/** OK: every metric that could be measured was. PARTIAL: some failed beside others. FAILED: the target or the agent failed. SKIPPED: not tried. */
export type RunStatus = 'OK' | 'PARTIAL' | 'FAILED' | 'SKIPPED';

/** One run of one probe, complete: each declared metric has a value or a reason. Plain JSON. */
export interface ProbeRun {
  readonly probe: string;
  readonly status: RunStatus;
  /** RFC 3339, UTC, ms. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly method: string;
  readonly metrics: Readonly<Record<string, number>>;
  readonly errorBounds: Readonly<Record<string, number>>;
  readonly distributions: Readonly<Record<string, readonly number[]>>;
  readonly absent: Readonly<Record<string, string>>;
  readonly flow: Json;
  readonly details: Json;
  readonly error: { readonly code: ProbeErrorCode; readonly message: string } | null;
  /** For the agent only: goes into the next run's context, never to the server. */
  readonly memory?: Json;
}

/** Samples of a run that are kept at most; more are thinned evenly. */
export const MAX_SAMPLES = 64;

/** Settings that do not fit, as one sentence that names each field. */
function settingsMessage(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join('.') || 'settings'}: ${issue.message}`).join('; ');
}

/** A plug-in may bring an SDK of its own, whose failures are of another class with the same name. */
function foreignFailure(error: unknown): ProbeFailure | undefined {
  if (!(error instanceof Error) || error.name !== 'ProbeFailure' || !('code' in error)) return undefined;
  const code = PROBE_ERROR_CODES.find((known) => known === error.code);
  return code && new ProbeFailure(code, error.message, { cause: error });
}

function asFailure(error: unknown, signal: AbortSignal): ProbeFailure {
  if (error instanceof ProbeFailure) return error;
  const foreign = foreignFailure(error);
  if (foreign) return foreign;
  if (error instanceof z.ZodError) return new ProbeFailure('BAD_SETTINGS', settingsMessage(error), { cause: error });
  if (signal.aborted) return abortFailure(signal);
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new ProbeFailure('INTERNAL', `the probe itself failed (${text}); please report this`, { cause: error });
}

function abortFailure(signal: AbortSignal): ProbeFailure {
  const timedOut = signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError';
  return timedOut
    ? new ProbeFailure('TIMEOUT', 'the run did not end by its deadline; raise the timeout or lower the count')
    : new ProbeFailure('CANCELLED', 'the run was cancelled');
}

function rounded(values: Partial<Record<string, number>> | undefined): Record<string, number> {
  const result: Record<string, number> = {};
  for (const [id, value] of Object.entries(values ?? {})) {
    if (value !== undefined && Number.isFinite(value)) result[id] = roundSignificant(value);
  }
  return result;
}

function thinned(distributions: Measurement['distributions']): Record<string, number[]> {
  const result: Record<string, number[]> = {};
  for (const [id, samples] of Object.entries(distributions ?? {})) {
    if (samples && samples.length > 0) result[id] = thinEvenly(samples, MAX_SAMPLES).map((sample) => roundSignificant(sample));
  }
  return result;
}

function absences(probe: Probe, measurement: Measurement, present: (id: string) => boolean): Record<string, string> {
  const result: Record<string, string> = {};
  for (const { id } of probe.metrics) {
    if (present(id)) continue;
    const reason = measurement.absent?.[id] ?? measurement.failure?.message;
    result[id] = reason ?? 'the probe gave neither a value nor a reason';
  }
  return result;
}

function verdict(measurement: Measurement): { status: RunStatus; ok: number | undefined } {
  const { failure } = measurement;
  if (!failure) return { status: 'OK', ok: 1 };
  const measured = Object.values(measurement.metrics).some((value) => value !== undefined && Number.isFinite(value));
  return { status: measured ? 'PARTIAL' : 'FAILED', ok: judgesTarget(failure.code) ? 0 : undefined };
}

/**
 * Runs a probe once and completes what it gave: `<probe>.ok`, 6 significant digits (in its details too), at most 64 samples a distribution, a reason for each absent metric.
 * Never throws: a failing network, bad settings and a bug in the probe all come back as a run with an error.
 */
export async function runProbe(probe: Probe, settings: unknown, context: ProbeContext): Promise<ProbeRun> {
  const startedAt = new Date().toISOString();
  const begin = performance.now();
  let measurement: Measurement;
  try {
    measurement = await untilAborted(probe.run(settings, context), context.signal);
  } catch (error) {
    measurement = { method: 'none', metrics: {}, failure: asFailure(error, context.signal) };
  }
  return complete(probe, measurement, startedAt, performance.now() - begin);
}

/** Settles as the run does, or rejects when the signal aborts: a probe that ignores its signal still ends on time. */
function untilAborted<T>(run: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => {
      // A probe that heeds its signal gets one turn of the loop to hand over what it has measured so far.
      setImmediate(() => reject(abortFailure(signal)));
    };
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    void run.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function complete(probe: Probe, measurement: Measurement, startedAt: string, durationMs: number): ProbeRun {
  const { status, ok } = verdict(measurement);
  const metrics = rounded(measurement.metrics);
  if (ok !== undefined) metrics[`${probe.name}.ok`] = ok;
  const distributions = thinned(measurement.distributions);
  const { failure } = measurement;
  return {
    probe: probe.name,
    status,
    startedAt,
    durationMs: roundSignificant(durationMs),
    method: measurement.method,
    metrics,
    errorBounds: rounded(measurement.errorBounds),
    distributions,
    absent: absences(probe, measurement, (id) => id in metrics || id in distributions),
    flow: measurement.flow ?? null,
    details: shortNumbers(measurement.details ?? null),
    error: failure ? { code: failure.code, message: failure.message } : null,
    ...(measurement.memory === undefined ? {} : { memory: measurement.memory }),
  };
}
