/** A stretch of time, ms since 1970; `to` is exclusive. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** The same time in as few stretches as possible, ascending. */
export function union(stretches: readonly Stretch[]): Stretch[] {
  const merged: { from: number; to: number }[] = [];
  for (const { from, to } of [...stretches].sort((one, other) => one.from - other.from)) {
    const last = merged.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else merged.push({ from, to });
  }
  return merged;
}

/** Widened to whole multiples of `ms`. */
export function widen({ from, to }: Stretch, ms: number): Stretch {
  return { from: Math.floor(from / ms) * ms, to: Math.ceil(to / ms) * ms };
}

/** What `within` and each of the others have in common. */
export function clip(stretches: readonly Stretch[], within: Stretch): Stretch[] {
  return stretches
    .map(({ from, to }) => ({ from: Math.max(from, within.from), to: Math.min(to, within.to) }))
    .filter(({ from, to }) => from < to);
}

/** What of `whole` is in none of `holes`, which are ascending and apart as `union` makes them. */
export function without(whole: Stretch, holes: readonly Stretch[]): Stretch[] {
  const left: Stretch[] = [];
  let { from } = whole;
  for (const hole of clip(holes, whole)) {
    if (from < hole.from) left.push({ from, to: hole.from });
    from = hole.to;
  }
  if (from < whole.to) left.push({ from, to: whole.to });
  return left;
}
