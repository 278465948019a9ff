import type { Level } from './levels.js';
import { clip, union, widen, without, type Stretch } from './stretches.js';

/** A part of a range with where it is read: a level's buckets, or raw results where it is undefined. */
export interface Segment extends Stretch {
  readonly level: Level | undefined;
}

/** What a range is read from. */
export interface PlanInput extends Stretch {
  /** Levels to use, coarsest first. */
  readonly levels: readonly Level[];
  /** Times for which a level's rows are not there or not right. */
  readonly unavailable: (level: Level) => readonly Stretch[];
  /** Since when rows of a level, or raw results, are kept: before it there is nothing finer. */
  readonly keptSince: (level: Level | undefined) => number;
}

/**
 * Divides a range into segments, ascending and without overlap. Each part is read from the coarsest level that has it right: whole clean buckets of a level,
 * their ragged edges and what is not rolled up yet from the next finer level, the rest from raw results. Where retention has removed what is finer,
 * a bucket at the edge counts whole.
 */
export function planRead({ from, to, levels, unavailable, keptSince }: PlanInput): Segment[] {
  const plan = (part: Stretch, [level, ...finer]: readonly Level[]): Segment[] => {
    if (part.from >= part.to) return [];
    if (!level) return [{ ...part, level: undefined }];
    const kept = keptSince(finer[0]);
    const inner = {
      from: part.from < kept ? floorTo(part.from, level) : ceilTo(part.from, level),
      to: part.to < kept ? ceilTo(part.to, level) : floorTo(part.to, level),
    };
    if (inner.from >= inner.to) return plan(part, finer);
    const holes = clip(union(unavailable(level).map((stretch) => widen(stretch, level.ms))), inner);
    const whole = without(inner, holes).map((stretch) => ({ ...stretch, level }));
    const rest = [{ from: part.from, to: inner.from }, ...holes, { from: inner.to, to: part.to }];
    return [...whole, ...rest.flatMap((stretch) => plan(stretch, finer))];
  };
  return plan({ from, to }, levels).sort((one, other) => one.from - other.from);
}

const floorTo = (at: number, { ms }: Level): number => Math.floor(at / ms) * ms;
const ceilTo = (at: number, { ms }: Level): number => Math.ceil(at / ms) * ms;
