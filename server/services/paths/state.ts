import { PathChangeKind } from '../../entities/path-change.js';
import type { Trace } from './trace.js';
import { changeOfTreatment, newerTreatment, treatmentOf, type Treatment } from './treatment.js';
import { differenceOf, isPartOf, merge, wayOf, type Difference, type Way } from './way.js';

/** A way with the id of the path that stands for it. */
interface Known {
  readonly path: string;
  readonly way: Way;
}

/** What is known of the way of one test from one agent to one target by one protocol: kept in the database, so that neither an agent nor a server forgets it. */
export interface PathState {
  readonly current: Known;
  /** Another way that the newest trace showed: it counts when the next one shows it too. */
  readonly candidate?: Known;
  readonly treatment?: Treatment;
  /** How many nodes each hop has, as the last run found that looked for parallel ways. */
  readonly widths?: readonly number[];
  /** Other numbers that the newest such run found: they count when the next one finds them too. */
  readonly widthsCandidate?: readonly number[];
}

/** What one more trace means. */
export interface Advance {
  readonly state: PathState;
  readonly change?: Difference & { readonly before: string };
}

/** The path that a trace is one more sighting of; undefined where it shows something that no known way has. */
export function pathOf(state: PathState | undefined, trace: Trace): string | undefined {
  const now = wayOf(trace);
  const same = (known: Known | undefined): boolean =>
    known !== undefined && known.way.reached === now.reached && !differenceOf(known.way, now) && isPartOf(known.way, now);
  if (same(state?.current)) return state?.current.path;
  return same(state?.candidate) ? state?.candidate?.path : undefined;
}

/** Takes a trace into account that is newer than all before. `path` stands for the way that it shows. */
export function advance(state: PathState | undefined, trace: Trace, path: string): Advance {
  const now = wayOf(trace);
  const treatment = treatmentOf(trace.hops, trace.dscp);
  if (!state) return { state: { current: { path, way: now }, treatment, widths: widthsOf(trace) } };
  const { current, candidate } = state;
  const difference = differenceOf(current.way, now);
  if (!difference) return sameWay(state, trace, { path, way: merge(current.way, now) }, treatment);
  if (!candidate || differenceOf(candidate.way, now)) return { state: { ...state, candidate: { path, way: now } } };
  const way = difference.kind === PathChangeKind.UNREACHABLE ? merge(current.way, now) : merge(candidate.way, now);
  return { state: { current: { path, way }, treatment, widths: widthsOf(trace) }, change: { ...difference, before: current.path } };
}

function sameWay(state: PathState, trace: Trace, current: Known, treatment: Treatment): Advance {
  const before = state.current.path;
  const change = state.treatment && changeOfTreatment(state.treatment, treatment);
  const kept: PathState = { ...state, current, candidate: undefined, treatment: newerTreatment(state.treatment, treatment) };
  if (change) return { state: kept, change: { ...change, before } };
  const found = widthsOf(trace);
  if (!found) return { state: kept };
  const ttl = state.widths && firstOtherWidth(state.widths, found);
  if (ttl === undefined) return { state: { ...kept, widths: found, widthsCandidate: undefined } };
  const isConfirmed = state.widthsCandidate && firstOtherWidth(state.widthsCandidate, found) === undefined;
  if (!isConfirmed) return { state: { ...kept, widthsCandidate: found } };
  const wider = { kind: PathChangeKind.ECMP_WIDTH, firstChangedTtl: ttl, before };
  return { state: { ...kept, widths: found, widthsCandidate: undefined }, change: wider };
}

function widthsOf({ parallel }: Trace): readonly number[] | undefined {
  return parallel?.map(({ length }) => length);
}

/** A hop that nobody answered at has no width. */
function firstOtherWidth(before: readonly number[], now: readonly number[]): number | undefined {
  const index = now.findIndex((width, at) => width > 0 && (before[at] ?? 0) > 0 && width !== before[at]);
  return index < 0 ? undefined : index + 1;
}
