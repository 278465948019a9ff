import { PROBE_ERROR_CODES } from '../../../probes/sdk/error.js';
import { MAX_SAMPLES } from '../../../probes/sdk/run.js';
import { reject, type Rejection, type ResultInput, type RunInput } from './input.js';
import { RESULT_STATUS } from './status.js';
import { millisecondsOf, uuidToHex } from './uuid.js';

const FUTURE_MS = 5 * 60_000;
const LONGEST_TEXT = 2000;
const MOST_RUNS = 64;

/** What a result is checked against, beside itself. */
export interface CheckContext {
  /** ms since 1970. */
  readonly now: number;
  /** How far back results are kept, ms. */
  readonly retentionMs: number;
}

/** What is wrong with a result by itself, undefined when nothing is: its id, times, words and numbers. Whether it belongs is another question. */
export function checkResult(result: ResultInput, { now, retentionMs }: CheckContext): Rejection | undefined {
  const at = result.startedAt.getTime();
  const hex = uuidToHex(result.id);
  const bad = (message: string): Rejection => reject(result.id, 'BAD_USER_INPUT', message);
  if (hex === undefined) return bad('id must be a UUIDv7 in lower case.');
  if (millisecondsOf(hex) !== at) return bad('The milliseconds in the id must be those of startedAt.');
  if (at < now - retentionMs) return reject(result.id, 'OUT_OF_TIME', 'startedAt is older than results are kept.');
  if (at > now + FUTURE_MS) return reject(result.id, 'OUT_OF_TIME', "startedAt is more than 5 minutes ahead of the server's clock.");
  const problem = headProblem(result) ?? numbersProblem(result) ?? firstOf(result.runs.map(runProblem));
  return problem === undefined ? undefined : bad(problem);
}

function headProblem({ status, sequence, revision, runs, scheduledAt }: ResultInput): string | undefined {
  if (!RESULT_STATUS.includes(status)) return `status "${status}" is unknown: ${RESULT_STATUS.join(', ')}.`;
  if (!Number.isSafeInteger(sequence) || sequence < 0) return 'sequence must be a whole number from 0.';
  if (!Number.isSafeInteger(revision) || revision < 1) return 'revision must be a whole number from 1.';
  if (Number.isNaN(scheduledAt.getTime())) return 'scheduledAt is not a time.';
  if (runs.length === 0 || runs.length > MOST_RUNS) return `runs must be 1 to ${MOST_RUNS}.`;
  if (new Set(runs.map((run) => run.probe)).size !== runs.length) return 'A probe has one run in a result.';
  return undefined;
}

function numbersProblem({ metrics, errorBounds, distributions }: ResultInput): string | undefined {
  return (
    mapProblem('metrics', metrics, numberProblem) ??
    mapProblem('errorBounds', errorBounds ?? {}, boundProblem) ??
    mapProblem('distributions', distributions ?? {}, samplesProblem)
  );
}

function runProblem(run: RunInput): string | undefined {
  const where = `The run of "${run.probe}"`;
  if (!RESULT_STATUS.includes(run.status)) return `${where} has the unknown status "${run.status}".`;
  if (!Number.isFinite(run.durationMs) || run.durationMs < 0) return `${where} has a durationMs that is not a number from 0.`;
  if (run.errorCode && !(PROBE_ERROR_CODES as readonly string[]).includes(run.errorCode)) {
    return `${where} has the unknown errorCode "${run.errorCode}".`;
  }
  if (run.method.length > LONGEST_TEXT) return `${where} has a method of more than ${LONGEST_TEXT} characters.`;
  if ((run.errorMessage?.length ?? 0) > LONGEST_TEXT) return `${where} has an errorMessage of more than ${LONGEST_TEXT} characters.`;
  return mapProblem(`${where}: absent`, run.absent ?? {}, reasonProblem);
}

function mapProblem(name: string, value: unknown, problemOf: (id: string, value: unknown) => string | undefined): string | undefined {
  if (!isRecord(value)) return `${name} must be an object by metric id.`;
  for (const id in value) {
    const problem = problemOf(id, value[id]);
    if (problem !== undefined) return `${name}: ${problem}`;
  }
  return undefined;
}

const numberProblem = (id: string, value: unknown): string | undefined =>
  Number.isFinite(value) ? undefined : `"${id}" is not a finite number.`;

const boundProblem = (id: string, value: unknown): string | undefined =>
  Number.isFinite(value) && (value as number) >= 0 ? undefined : `"${id}" is not a finite number from 0.`;

const reasonProblem = (id: string, value: unknown): string | undefined =>
  typeof value === 'string' && value.length <= LONGEST_TEXT ? undefined : `"${id}" needs a reason of at most ${LONGEST_TEXT} characters.`;

function samplesProblem(id: string, value: unknown): string | undefined {
  if (!Array.isArray(value) || value.length > MAX_SAMPLES) return `"${id}" must be a list of at most ${MAX_SAMPLES} numbers.`;
  return value.every((sample) => Number.isFinite(sample)) ? undefined : `"${id}" has a sample that is not a finite number.`;
}

function firstOf(problems: readonly (string | undefined)[]): string | undefined {
  return problems.find((problem) => problem !== undefined);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
