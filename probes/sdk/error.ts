/** Why a run failed, as data. The names are those of the GraphQL enum `ProbeErrorCode`. */
export const PROBE_ERROR_CODES = [
  'TIMEOUT', 'REFUSED', 'UNREACHABLE', 'DENIED', 'DNS_FAILURE', 'TLS_FAILURE', 'PROTOCOL', 'ASSERTION_FAILED', 'PERMISSION',
  'UNSUPPORTED', 'BAD_SETTINGS', 'CRASHED', 'CANCELLED', 'INTERNAL',
] as const; // prettier-ignore
export type ProbeErrorCode = (typeof PROBE_ERROR_CODES)[number];

/** Codes that say the agent could not try: the target was not judged, so `<probe>.ok` is absent. */
const COULD_NOT_TRY: ReadonlySet<ProbeErrorCode> = new Set([
  'PERMISSION',
  'UNSUPPORTED',
  'BAD_SETTINGS',
  'CRASHED',
  'CANCELLED',
  'INTERNAL',
]);

/**
 * A run that failed with a cause. A probe may return it as `failure` or throw it; both become the run's error, never a crash.
 * The message is for a person who has to act: it names what was tried and what would help.
 */
export class ProbeFailure extends Error {
  constructor(
    readonly code: ProbeErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'ProbeFailure';
  }
}

/** Whether this failure says something of the target (true) or only of the agent (false). */
export function judgesTarget(code: ProbeErrorCode): boolean {
  return !COULD_NOT_TRY.has(code);
}
