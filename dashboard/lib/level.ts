import { mdiAlert, mdiAlertOctagon, mdiCheck, mdiCheckAll, mdiClose, mdiHelp } from '@mdi/js';

/** How well something is, worst last but for what is not known. */
export type Level = 'excellent' | 'good' | 'fair' | 'poor' | 'critical' | 'unknown';

/** The shape that goes with each level, so that colour never says it alone. */
export const LEVEL_ICONS: Readonly<Record<Level, string>> = {
  excellent: mdiCheckAll,
  good: mdiCheck,
  fair: mdiAlert,
  poor: mdiAlertOctagon,
  critical: mdiClose,
  unknown: mdiHelp,
};

const RANK: Readonly<Record<Level, number>> = { critical: 5, poor: 4, fair: 3, unknown: 2, good: 1, excellent: 0 };

/** For sorting: the worst level first, what is not known before what is fine. */
export function worstFirst(one: Level, other: Level): number {
  return RANK[other] - RANK[one];
}

/** The worst of several levels; unknown when there are none. */
export function worst(levels: readonly Level[]): Level {
  return [...levels].sort(worstFirst)[0] ?? 'unknown';
}
