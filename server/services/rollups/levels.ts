/** A width of rollup buckets; buckets are whole multiples of it since 1970, UTC. */
export interface Level {
  /** As it stands in the database. */
  readonly id: number;
  readonly name: 'minute' | 'hour' | 'day';
  readonly ms: number;
}

const MINUTE: Level = { id: 1, name: 'minute', ms: 60_000 };
const HOUR: Level = { id: 2, name: 'hour', ms: 3_600_000 };
const DAY: Level = { id: 3, name: 'day', ms: 86_400_000 };

/** All levels, finest first. */
export const LEVELS: readonly Level[] = [MINUTE, HOUR, DAY];

/** A bucket sums up at least this many intervals: below, it would save little and take its own room. */
const LEAST_INTERVALS = 10;

/**
 * The levels that results of an interval are rolled up to, finest first. The day always, however few it holds: a test may have had another interval before,
 * and it outlives the results.
 */
export function levelsFor(intervalMs: number): Level[] {
  return LEVELS.filter((level) => level === DAY || level.ms >= LEAST_INTERVALS * intervalMs);
}

/** @throws RangeError for a number that is no level's */
export function levelOf(id: number): Level {
  const level = LEVELS.find((each) => each.id === id);
  if (!level) throw new RangeError(`there is no rollup level ${id}`);
  return level;
}

/** The level below, whose buckets make up one of this; undefined for the finest. */
export function finerThan({ id }: Level): Level | undefined {
  return LEVELS.find((each) => each.id === id - 1);
}

/** The level above; undefined for the coarsest. */
export function coarserThan({ id }: Level): Level | undefined {
  return LEVELS.find((each) => each.id === id + 1);
}

/** The start of the bucket that a moment falls into. */
export function bucketStart({ ms }: Level, at: number): number {
  return Math.floor(at / ms) * ms;
}
