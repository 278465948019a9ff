/** Why results are missing; names of the GraphQL enum GapCause. */
export enum GapCause {
  AGENT_OFFLINE = 'AGENT_OFFLINE',
  AGENT_BUSY = 'AGENT_BUSY',
  OUTBOX_OVERFLOW = 'OUTBOX_OVERFLOW',
  TEST_PAUSED = 'TEST_PAUSED',
  CLOCK_STEP = 'CLOCK_STEP',
  PROBE_CRASHED = 'PROBE_CRASHED',
  UNKNOWN = 'UNKNOWN',
}

/** A result's place in time and in its agent's count of cycles. Times in ms since 1970. */
export interface Mark {
  readonly at: number;
  readonly sequence: number;
}

/** A stretch of time in ms since 1970; `to` is Infinity while it lasts. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** What is known of the time in which results could be missing. */
export interface GapClues {
  readonly intervalMs: number;
  /** When the test was not to run: paused, stopped, between sessions. */
  readonly paused: readonly Stretch[];
  /** When the server did not hear of the agent. */
  readonly offline: readonly Stretch[];
  /** When the agent said that it had to give results up. */
  readonly overflow: readonly Stretch[];
}

/** Results that should be there and are not. */
export interface FoundGap extends Stretch {
  readonly cause: GapCause;
  readonly missingResults: number;
}

/** Starts are jittered by up to a tenth of the interval, so that two results stand at most 1.2 intervals apart; half an interval more is a gap. */
const TOLERANCE = 1.5;

/** The gaps between results in ascending order of time. */
export function findGaps(marks: Iterable<Mark>, clues: GapClues): FoundGap[] {
  const gaps: FoundGap[] = [];
  let previous: Mark | undefined;
  for (const mark of marks) {
    const gap = previous === undefined ? undefined : gapBetween(previous, mark, clues);
    if (gap) gaps.push(gap);
    previous = mark;
  }
  return gaps;
}

/** The gap between two neighbours, undefined where none is. */
export function gapBetween(before: Mark, after: Mark, clues: GapClues): FoundGap | undefined {
  const distance = after.at - before.at;
  if (distance <= TOLERANCE * clues.intervalMs) return undefined;
  const stretch = { from: before.at, to: after.at };
  const missingResults = Math.max(1, Math.round(distance / clues.intervalMs) - 1);
  return { ...stretch, missingResults, cause: causeOf(stretch, after.sequence - before.sequence - 1, clues) };
}

/** `skipped`: how many cycles the agent counted between the two results. It skips cycles when it is busy, and counts them; when it is not there it counts nothing. */
function causeOf(stretch: Stretch, skipped: number, clues: GapClues): GapCause {
  if (clues.paused.some((each) => overlaps(each, stretch))) return GapCause.TEST_PAUSED;
  if (clues.overflow.some((each) => overlaps(each, stretch))) return GapCause.OUTBOX_OVERFLOW;
  if (clues.offline.some((each) => overlaps(each, stretch))) return GapCause.AGENT_OFFLINE;
  return skipped > 0 ? GapCause.AGENT_BUSY : GapCause.UNKNOWN;
}

function overlaps(one: Stretch, other: Stretch): boolean {
  return one.from < other.to && other.from < one.to;
}
