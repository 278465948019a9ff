import { ApiError } from '../../errors.js';
import { givenUpError } from '../../limits/deadline.js';

/** How far reading series may go. */
export interface SeriesLimits {
  /** Series in the answer at most. */
  readonly most: number;
  /** Whether nobody waits for the answer any more. */
  readonly isOver: () => boolean;
}

/** Points of all series of an answer together at most: they are in memory at once, some 150 bytes each as text. */
const MOST_POINTS_IN_ALL = 200_000;

/** What can be asked for by one series, and by many: buckets grow so that the answer does not. */
export function pointsEach(maxPoints: number, series: number): number {
  return Math.min(maxPoints, Math.max(2, Math.floor(MOST_POINTS_IN_ALL / Math.max(1, series))));
}

/** @throws ApiError QUERY_TOO_COMPLEX where more series would be answered than may */
export function requireFew(series: number, pairs: number, { most }: Pick<SeriesLimits, 'most'>): void {
  if (series <= most) return;
  throw new ApiError(
    'QUERY_TOO_COMPLEX',
    `${series} series were asked for, of ${pairs} pairs of agent and target; ${most} are allowed at once. Name some agentIds or targetIds, or fewer metrics.`,
  );
}

/** @throws GraphQLError once nobody waits for the answer */
export function requireWaiting({ isOver }: Pick<SeriesLimits, 'isOver'>): void {
  if (isOver()) throw givenUpError();
}
