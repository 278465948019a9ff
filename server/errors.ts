import { GraphQLError } from 'graphql';

/** The values of `extensions.code` that clients can rely on. */
export type ErrorCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'BAD_USER_INPUT'
  | 'CONFLICT'
  | 'RATE_LIMITED'
  | 'QUERY_TOO_COMPLEX'
  | 'UPGRADE_REQUIRED'
  | 'INTERNAL_SERVER_ERROR';

/** What is wrong with one field of an input; `path` as in `input.schedule.cron`. */
export interface FieldProblem {
  readonly path: string;
  readonly message: string;
}

/** An error that a client is meant to see, with a code of the contract. */
export class ApiError extends GraphQLError {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, extensions: Readonly<Record<string, unknown>> = {}) {
    super(message, { extensions: { ...extensions, code } });
    this.code = code;
  }
}

/** No credential, or one that is not valid; a wrong password too. */
export function unauthenticated(message = 'Sign in first, or send a valid credential.'): ApiError {
  return new ApiError('UNAUTHENTICATED', message);
}

/** A valid credential without the right to do this. */
export function forbidden(message = 'You do not have the role that this needs.'): ApiError {
  return new ApiError('FORBIDDEN', message);
}

/** It does not exist, or not for this caller; `what` as in "test". */
export function notFound(what: string): ApiError {
  return new ApiError('NOT_FOUND', `There is no such ${what}.`);
}

/** The input is wrong: each problem with the path of its field. */
export function badUserInput(...fields: readonly [FieldProblem, ...FieldProblem[]]): ApiError {
  return new ApiError('BAD_USER_INPUT', fields.map((field) => field.message).join(' '), { fields });
}

/** The state does not allow it: taken name, older revision, already done. */
export function conflict(message: string): ApiError {
  return new ApiError('CONFLICT', message);
}

/** Too many attempts; the client may try again after `retryAfterSeconds` (rounded up to whole seconds). */
export function rateLimited(retryAfterSeconds: number): ApiError {
  const seconds = Math.max(1, Math.ceil(retryAfterSeconds));
  return new ApiError('RATE_LIMITED', `Too many attempts: try again in ${seconds} s.`, { retryAfterSeconds: seconds });
}

/** The client speaks a protocol that this server does not; it must be upgraded. */
export function upgradeRequired(message: string): ApiError {
  return new ApiError('UPGRADE_REQUIRED', message);
}
