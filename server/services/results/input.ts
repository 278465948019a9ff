/** A run as an agent sends it. */
export interface RunInput {
  readonly probe: string;
  readonly status: string;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly method: string;
  readonly errorCode?: string | null;
  readonly errorMessage?: string | null;
  readonly absent?: unknown;
  readonly flow?: unknown;
  readonly details?: unknown;
}

/** A result as an agent sends it: the types that GraphQL guarantees, nothing else is believed yet. */
export interface ResultInput {
  readonly id: string;
  readonly testId: string;
  readonly targetId: string;
  readonly revision: number;
  /** Which session it was measured for; agents that do not know sessions leave it out. */
  readonly sessionStartedAt?: Date | null;
  readonly sequence: number;
  readonly scheduledAt: Date;
  readonly startedAt: Date;
  readonly status: string;
  readonly metrics: unknown;
  readonly errorBounds?: unknown;
  readonly distributions?: unknown;
  readonly runs: readonly RunInput[];
}

/** Why a result is not stored. All but UNAVAILABLE are final: the agent drops it. */
export type RejectionCode = 'BAD_USER_INPUT' | 'FORBIDDEN' | 'CONFLICT' | 'OUT_OF_TIME' | 'UNAVAILABLE';

/** One result's rejection. */
export interface Rejection {
  readonly id: string;
  readonly code: RejectionCode;
  readonly message: string;
  readonly retry: boolean;
}

/** Says no to one result. */
export function reject(id: string, code: RejectionCode, message: string): Rejection {
  return { id, code, message, retry: code === 'UNAVAILABLE' };
}
