import { randomBytes } from 'node:crypto';
import { UUID } from 'uuidv7';
import type { Json } from '../probes/sdk/probe.js';
import type { ProbeRun, RunStatus } from '../probes/sdk/run.js';
import type { Assignment } from './assignment.js';

/** `ProbeRunInput` of the contract. */
export interface ProbeRunInput {
  readonly probe: string;
  readonly status: RunStatus;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly method: string;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly absent: Readonly<Record<string, string>>;
  readonly flow: Json;
  readonly details: Json;
}

/** `TestResultInput` of the contract. */
export interface TestResultInput {
  readonly id: string;
  readonly testId: string;
  readonly targetId: string;
  readonly revision: number;
  /** Left out where the server named no session. */
  readonly sessionStartedAt?: string;
  readonly sequence: number;
  readonly scheduledAt: string;
  readonly startedAt: string;
  readonly status: RunStatus;
  readonly metrics: Readonly<Record<string, number>>;
  readonly errorBounds: Readonly<Record<string, number>>;
  readonly distributions: Readonly<Record<string, readonly number[]>>;
  readonly runs: readonly ProbeRunInput[];
}

/** What a cycle was, beside its runs. */
export interface CycleIdentity {
  readonly assignment: Assignment;
  readonly sequence: number;
  /** ms since 1970. */
  readonly scheduledMs: number;
}

/** Details of one run above this size are left out, so that a single result always fits into a message, bytes of JSON. */
const MAX_DETAILS_BYTES = 256 * 1024;

/** A UUIDv7 (RFC 9562) whose milliseconds are those given; the rest is random. */
export function uuidAt(ms: number): string {
  const random = randomBytes(10);
  return UUID.fromFieldsV7(ms, random.readUInt16BE(0) & 0xfff, random.readUInt32BE(2) & 0x3fffffff, random.readUInt32BE(6)).toString();
}

/** The status of a whole cycle: that of its runs where they agree, else PARTIAL. */
export function statusOf(runs: readonly ProbeRun[]): RunStatus {
  const [first, ...others] = runs;
  if (!first) return 'SKIPPED';
  return others.every(({ status }) => status === first.status) ? first.status : 'PARTIAL';
}

function union<T>(parts: readonly Readonly<Record<string, T>>[]): Record<string, T> {
  return Object.assign({}, ...parts) as Record<string, T>;
}

function boundedDetails(details: Json): Json {
  const bytes = Buffer.byteLength(JSON.stringify(details));
  return bytes <= MAX_DETAILS_BYTES ? details : { omitted: `the details took ${bytes} bytes; at most ${MAX_DETAILS_BYTES} are sent` };
}

function runInput(run: ProbeRun): ProbeRunInput {
  const { probe, status, startedAt, durationMs, method, error, absent, flow } = run;
  const details = boundedDetails(run.details);
  return {
    probe,
    status,
    startedAt,
    durationMs,
    method,
    errorCode: error?.code ?? null,
    errorMessage: error?.message ?? null,
    absent,
    flow,
    details,
  };
}

/**
 * One cycle as the server wants it. It starts when the first of its runs did, and its id says the same moment.
 *
 * @param runs at least one
 */
export function buildResult({ assignment, sequence, scheduledMs }: CycleIdentity, runs: readonly ProbeRun[]): TestResultInput {
  const startedMs = Math.min(...runs.map(({ startedAt }) => Date.parse(startedAt)));
  return {
    id: uuidAt(startedMs),
    testId: assignment.testId,
    targetId: assignment.target.id,
    revision: assignment.revision,
    ...(assignment.sessionStartedAt ? { sessionStartedAt: assignment.sessionStartedAt } : {}),
    sequence,
    scheduledAt: new Date(scheduledMs).toISOString(),
    startedAt: new Date(startedMs).toISOString(),
    status: statusOf(runs),
    metrics: union(runs.map(({ metrics }) => metrics)),
    errorBounds: union(runs.map(({ errorBounds }) => errorBounds)),
    distributions: union(runs.map(({ distributions }) => distributions)),
    runs: runs.map(runInput),
  };
}
