import { clip, union, without, type Stretch } from '../rollups/stretches.js';
import { GapCause, type Edge, type GapClues } from './gaps.js';

/** A part of a gap with its cause. */
export interface CausedStretch extends Stretch {
  readonly cause: GapCause;
}

/** That an agent is away is noticed so long after the last word of it at most, and that it is back so long after its first result. */
const NOTICED_WITHIN_MS = 90_000;

/**
 * Divides a gap by cause, ascending: where the agent was disabled, where it was away, where what it measured meanwhile was lost, and the rest by what else is known of it. What is
 * left at the edges of an absence is so short that it is the time until somebody noticed.
 */
export function causesOf(gap: Stretch, around: { readonly before: Edge; readonly after: Edge }, clues: GapClues): CausedStretch[] {
  const disabled = clip(union(clues.disabled), gap).map((stretch) => ({ ...stretch, cause: GapCause.AGENT_DISABLED }));
  const lost = clip(union(clues.lost), gap)
    .flatMap((stretch) => without(stretch, disabled))
    .map((stretch) => ({ ...stretch, cause: GapCause.OUTBOX_OVERFLOW }));
  const explained = union([...disabled, ...lost]);
  const away = clip(union(clues.offline), gap)
    .flatMap((stretch) => without(stretch, explained))
    .map((stretch) => ({ ...stretch, cause: GapCause.AGENT_OFFLINE }));
  const known = [...disabled, ...lost, ...away].sort((one, other) => one.from - other.from);
  const rest = without(gap, union(known));
  const cause = restOf(gap, around, clues);
  const shortest = NOTICED_WITHIN_MS + clues.intervalAt(gap.from);
  const parts = [...known, ...rest.map((stretch) => ({ ...stretch, cause: undefined }))].sort((one, other) => one.from - other.from);
  const named = parts.map((part, index) => {
    const neighbour = parts[index - 1]?.cause ?? parts[index + 1]?.cause;
    if (part.cause !== undefined) return part;
    return { ...part, cause: neighbour !== undefined && part.to - part.from < shortest ? neighbour : cause };
  });
  return joined(named);
}

/** Neighbours of the same cause are one. */
function joined(parts: readonly CausedStretch[]): CausedStretch[] {
  const all: CausedStretch[] = [];
  for (const part of parts) {
    const last = all.at(-1);
    if (last?.cause === part.cause) all[all.length - 1] = { ...last, to: part.to };
    else all.push(part);
  }
  return all;
}

/** Why results are missing that the agent, as far as is known, was there to measure. */
function restOf(gap: Stretch, { before, after }: { readonly before: Edge; readonly after: Edge }, clues: GapClues): GapCause {
  const within = (stretches: readonly Stretch[]): boolean => clip(stretches, gap).length > 0;
  if (within(clues.overflow)) return GapCause.OUTBOX_OVERFLOW;
  if (within(clues.stepped)) return GapCause.CLOCK_STEP;
  const last = gap.from === before.at ? before.result : undefined;
  const next = gap.to === after.at ? after.result : undefined;
  if (last?.crashed || next?.crashed) return GapCause.PROBE_CRASHED;
  // The cycle before was still under way when the next one was due.
  return last?.endedAt !== undefined && last.endedAt - gap.from >= last.intervalMs ? GapCause.AGENT_BUSY : GapCause.UNKNOWN;
}
