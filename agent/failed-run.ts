import type { ProbeErrorCode } from '../probes/sdk/error.js';
import type { ProbeRun } from '../probes/sdk/run.js';

/** What is known of a run that could not be made, or whose worker died. */
export interface Failure {
  readonly code: ProbeErrorCode;
  readonly message: string;
  /** RFC 3339, UTC, ms. */
  readonly startedAt: string;
  readonly durationMs: number;
  /** The metrics that the probe declares, as far as they are known: each is absent with the failure as its reason. */
  readonly metricIds: readonly string[];
}

/** A run without any measurement, for when it was the agent that failed: the target is not judged. */
export function failedRun(probe: string, { code, message, startedAt, durationMs, metricIds }: Failure): ProbeRun {
  return {
    probe,
    status: 'FAILED',
    startedAt,
    durationMs: Math.round(durationMs),
    method: 'none',
    metrics: {},
    errorBounds: {},
    distributions: {},
    absent: Object.fromEntries(metricIds.map((id) => [id, message])),
    flow: null,
    details: null,
    error: { code, message },
  };
}
