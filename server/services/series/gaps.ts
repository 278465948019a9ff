import type { Stretch } from '../rollups/stretches.js';

/** Why results are missing; names of the GraphQL enum GapCause. */
export enum GapCause {
  AGENT_DISABLED = 'AGENT_DISABLED',
  AGENT_OFFLINE = 'AGENT_OFFLINE',
  AGENT_BUSY = 'AGENT_BUSY',
  OUTBOX_OVERFLOW = 'OUTBOX_OVERFLOW',
  TEST_PAUSED = 'TEST_PAUSED',
  CLOCK_STEP = 'CLOCK_STEP',
  PROBE_CRASHED = 'PROBE_CRASHED',
  UNKNOWN = 'UNKNOWN',
}

/** A result's place in time and in its agent's row of cycles, which grows by one each interval, measured or not. Times in ms since 1970. */
export interface Mark {
  readonly at: number;
  readonly sequence: number;
  /** When its last run ended. */
  readonly endedAt: number;
  /** A run of it ended with its worker. */
  readonly crashed: boolean;
}

/** What is known of the time in which results could be missing. */
export interface GapClues {
  readonly intervalMs: number;
  /** When the test was not to run: paused, stopped, between sessions. */
  readonly paused: readonly Stretch[];
  /** When a person had disabled the agent. */
  readonly disabled: readonly Stretch[];
  /** When the server did not hear of the agent, although it listened. */
  readonly offline: readonly Stretch[];
  /** When the agent said that it had to give results up. */
  readonly overflow: readonly Stretch[];
  /** When the agent's clock was set: heartbeats tell its distance from ours. */
  readonly stepped: readonly Stretch[];
}

/** Results that should be there and are not. */
export interface FoundGap extends Stretch {
  readonly cause: GapCause;
  readonly missingResults: number;
}

/** Starts are jittered by up to a tenth of the interval, so that neighbours stand at most 1.1 intervals apart; more than this is a gap. */
export const GAP_INTERVALS = 1.5;

/** The gap between two neighbours, undefined where none is. */
export function gapBetween(before: Mark, after: Omit<Mark, 'endedAt'>, clues: GapClues): FoundGap | undefined {
  const distance = after.at - before.at;
  if (distance <= GAP_INTERVALS * clues.intervalMs) return undefined;
  const stretch = { from: before.at, to: after.at };
  const skipped = after.sequence - before.sequence - 1;
  const byTime = Math.max(1, Math.round(distance / clues.intervalMs) - 1);
  // A sequence that started anew, or was counted with another interval, tells less than the clock.
  const missingResults = skipped > 0 && skipped <= 2 * byTime ? skipped : byTime;
  return { ...stretch, missingResults, cause: causeOf(before, after.crashed, stretch, clues) };
}

function causeOf(before: Mark, crashedAfter: boolean, stretch: Stretch, clues: GapClues): GapCause {
  const within = (stretches: readonly Stretch[]): boolean => stretches.some((each) => overlaps(each, stretch));
  if (within(clues.paused)) return GapCause.TEST_PAUSED;
  if (within(clues.disabled)) return GapCause.AGENT_DISABLED;
  if (within(clues.overflow)) return GapCause.OUTBOX_OVERFLOW;
  if (within(clues.stepped)) return GapCause.CLOCK_STEP;
  if (within(clues.offline)) return GapCause.AGENT_OFFLINE;
  if (before.crashed || crashedAfter) return GapCause.PROBE_CRASHED;
  // The cycle before was still under way when the next one was due.
  return before.endedAt - before.at >= clues.intervalMs ? GapCause.AGENT_BUSY : GapCause.UNKNOWN;
}

function overlaps(one: Stretch, other: Stretch): boolean {
  return one.from < other.to && other.from < one.to;
}
