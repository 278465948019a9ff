import type { GapCause } from '../graphql/generated.js';
import type { GapSpan, Point } from './series.js';

/** Each cause as a person would say it. */
export const GAP_WORDS: Readonly<Record<GapCause, string>> = {
  AGENT_DISABLED: 'the agent was switched off by a person',
  AGENT_OFFLINE: 'the agent was offline',
  AGENT_BUSY: 'the agent was too busy',
  OUTBOX_OVERFLOW: 'the agent had to drop results: its disk buffer was full',
  TEST_PAUSED: 'the test was paused',
  CLOCK_STEP: "the agent's clock was set",
  PROBE_CRASHED: 'the probe crashed',
  UNKNOWN: 'no results, cause not known',
};

/** How many steps may lack a result before a line is broken: one late cycle is no gap. */
const TOLERANCE = 2.5;

/** The time between results that `points` show, in milliseconds: their median spacing, at least `floor`. */
export function stepOf(points: readonly Point[], floor: number): number {
  const spacings = points.slice(1).map((point, index) => point.at - (points[index]?.at ?? point.at));
  spacings.sort((a, b) => a - b);
  return Math.max(spacings[spacings.length >> 1] ?? 0, floor);
}

/**
 * The stretches without results: those that the server explains, and any between two points (or after the last, up to `until`) that is longer than
 * results should take and that it has not explained (yet).
 */
export function allGaps(points: readonly Point[], told: readonly GapSpan[], step: number, until: number): GapSpan[] {
  const found: GapSpan[] = [];
  const limit = step * TOLERANCE;
  const ends = [...points.map((point) => point.at), until];
  for (let index = 1; index < ends.length; index++) {
    const [from, to] = [ends[index - 1] ?? 0, ends[index] ?? 0];
    const explained = told.some((gap) => gap.from < to && gap.to > from);
    if (to - from > limit && !explained)
      found.push({ from, to, cause: 'UNKNOWN', missing: Math.max(Math.round((to - from) / step) - 1, 1) });
  }
  return [...told, ...found].sort((a, b) => a.from - b.from);
}

/**
 * The gaps in which nothing was measured: those that the server tells of, and those in which `loss` has no point either. Where loss was measured, the cycle
 * took place and no reply came, which is a result. What the server tells is never weighed against buckets: their times are rounded, its own are exact.
 */
export function unmeasured(gaps: readonly GapSpan[], told: readonly GapSpan[], loss: readonly Point[]): GapSpan[] {
  return gaps.filter((gap) => told.includes(gap) || !loss.some(({ at }) => at > gap.from && at < gap.to));
}

/** The gap that covers a moment, if any. */
export function gapAt(gaps: readonly GapSpan[], at: number): GapSpan | null {
  return gaps.find((gap) => at > gap.from && at < gap.to) ?? null;
}

/** The same gaps of several series, only where all of them have one: what a shared chart hatches. */
export function commonGaps(lists: readonly (readonly GapSpan[])[]): GapSpan[] {
  const [first = [], ...others] = lists;
  return others.reduce<readonly GapSpan[]>(
    (common, list) =>
      common.flatMap((gap) =>
        list
          .filter((other) => other.from < gap.to && other.to > gap.from)
          .map((other) => ({ ...gap, from: Math.max(gap.from, other.from), to: Math.min(gap.to, other.to) })),
      ),
    first,
  ) as GapSpan[];
}
