import { clip, union, without, type Stretch } from '../rollups/stretches.js';
import { causesOf } from './gap-causes.js';

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

/** A moment from which on, or until which, results are due. Times in ms since 1970. */
export interface Edge {
  readonly at: number;
  /** The result that stands there; undefined where the range, a session or the assignment begins or ends. */
  readonly result?: Mark;
}

/** A result's place in its agent's row of cycles, which grows by one each interval, measured or not. */
export interface Mark {
  readonly sequence: number;
  /** Of the test's revision that it was measured under, ms. */
  readonly intervalMs: number;
  /** When its last run ended, ms since 1970; undefined where it does not matter. */
  readonly endedAt?: number;
  /** A run of it ended with its worker. */
  readonly crashed: boolean;
}

/** What is known of the time in which results could be missing. */
export interface GapClues {
  /** The test's interval at a moment, ms. */
  readonly intervalAt: (moment: number) => number;
  /** When each session of the test was one cycle, however long it waited for its results. */
  readonly oneCycle: readonly Stretch[];
  /** When the test was not to run: paused, stopped, between sessions. */
  readonly paused: readonly Stretch[];
  /** When a person had disabled the agent. */
  readonly disabled: readonly Stretch[];
  /** When the server did not hear of the agent, although it listened. */
  readonly offline: readonly Stretch[];
  /** When results were given up that the agent could not send. */
  readonly lost: readonly Stretch[];
  /** When the agent said that it had to give results up, without being away. */
  readonly overflow: readonly Stretch[];
  /** When the agent's clock was set: heartbeats tell its distance from ours. */
  readonly stepped: readonly Stretch[];
}

/** Results that should be there and are not; of a time in which none was due there are 0. */
export interface FoundGap extends Stretch {
  readonly cause: GapCause;
  readonly missingResults: number;
}

/** Starts are jittered by up to a tenth of the interval, so that neighbours stand at most 1.1 intervals apart; more than this is a gap. */
export const GAP_INTERVALS = 1.5;
/** Beyond whole intervals, an edge that is no result proves a missing result only after a jitter's width. */
const JITTER = 0.1;

/** Agents hear of a start or a stop within moments, and results are on their way for some: so close to an edge that is no result, nothing is missing yet, ms. */
const SETTLING_MS = 3000;

/** The gaps between two edges, one a cause; a pause at an end that is no result is not told, since nothing was to come there. */
export function gapsBetween(before: Edge, after: Edge, clues: GapClues): FoundGap[] {
  const whole = { from: before.at, to: after.at };
  if (!isWide(whole, before, after, clues)) return [];
  const paused = clip(union(clues.paused), whole);
  const told = paused.filter(({ from, to }) => (from > whole.from || before.result) && (to < whole.to || after.result));
  const pauses = told.map((stretch) => ({ ...stretch, cause: GapCause.TEST_PAUSED, missingResults: 0 }));
  const edge = (at: number): Edge => [before, after].find((end) => end.at === at) ?? { at };
  const active = without(whole, paused)
    .flatMap((session) => partsOf(session, clues))
    .flatMap((part) => gapsWithin({ ...part, one: edge(part.from), other: edge(part.to) }, clues, { before, after }));
  return [...pauses, ...active].sort((one, other) => one.from - other.from);
}

/** A time in which the test was to run throughout, and was of one kind. */
interface Part extends Stretch {
  /** How many cycles the session was to bring; `NONE`: its one cycle was owed to the part before. */
  readonly cycles: 'MANY' | 'ONE' | 'NONE';
}

/** The parts of a session; in one that came to be of one cycle by an edit, what was measured before counts for that. */
function partsOf(session: Stretch, { oneCycle }: GapClues): Part[] {
  const ones = clip(oneCycle, session).map((part): Part => ({ ...part, cycles: part.from === session.from ? 'ONE' : 'NONE' }));
  return [...ones, ...without(session, ones).map((part): Part => ({ ...part, cycles: 'MANY' }))];
}

type Ended = Part & { readonly one: Edge; readonly other: Edge };

/** The gaps of a part, between the edges that it has. */
function gapsWithin(part: Ended, clues: GapClues, around: { before: Edge; after: Edge }): FoundGap[] {
  const { one, other } = part;
  const stretch = { from: part.from, to: part.to };
  const settled = { from: stretch.from + (one.result ? 0 : SETTLING_MS), to: stretch.to - (other.result ? 0 : SETTLING_MS) };
  const missing = missingIn({ ...part, ...settled }, clues);
  if (missing < 1) return [];
  let told = 0;
  return causesOf(stretch, around, clues).flatMap(({ from, to, cause }) => {
    const upTo = Math.round((missing * (to - stretch.from)) / (stretch.to - stretch.from));
    const missingResults = upTo - told;
    told = upTo;
    return missingResults > 0 ? [{ from, to, cause, missingResults }] : [];
  });
}

function missingIn({ one, other, cycles, ...stretch }: Ended, clues: GapClues): number {
  if (cycles !== 'MANY' && !(one.result && other.result)) {
    const owed = cycles === 'ONE' && !one.result && !other.result;
    return owed && stretch.from < stretch.to ? 1 : 0;
  }
  if (!isWide(stretch, one, other, clues)) return 0;
  const intervals = intervalsIn(stretch, one, other, clues);
  if (!one.result || !other.result) return Math.max(0, Math.floor(intervals - JITTER));
  const byTime = Math.max(1, Math.round(intervals) - 1);
  const skipped = other.result.sequence - one.result.sequence - 1;
  // A sequence that started anew, or was counted with another interval, tells less than the clock.
  return skipped > 0 && skipped <= 2 * byTime ? skipped : byTime;
}

function isWide({ from, to }: Stretch, one: Edge, other: Edge, clues: GapClues): boolean {
  return to - from > GAP_INTERVALS * Math.max(intervalAt(one, clues), intervalAt(other, clues));
}

/** How many intervals fit; where it was changed between, the results' own count: the agent may have heard of the change late. */
function intervalsIn({ from, to }: Stretch, one: Edge, other: Edge, clues: GapClues): number {
  const [first, last] = [intervalAt(one, clues), intervalAt(other, clues)];
  return (to - from) / (one.result && other.result ? Math.max(first, last) : first);
}

function intervalAt({ at, result }: Edge, clues: GapClues): number {
  return result?.intervalMs ?? clues.intervalAt(at);
}
