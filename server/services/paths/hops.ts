import type { Hop } from '../../entities/path.js';

/** A path's hops as they were last: of a hop that was silent this time, what it said before; nodes of a hop that did not answer this time stay behind those that did. */
export function mergeHops(before: readonly Hop[], now: readonly Hop[]): Hop[] {
  const known = new Map(before.map((hop) => [hop.ttl, hop]));
  for (const hop of now) known.set(hop.ttl, mergeHop(known.get(hop.ttl), hop));
  return [...known.values()].sort((one, other) => one.ttl - other.ttl);
}

function mergeHop(before: Hop | undefined, now: Hop): Hop {
  if (!before || before.silent) return now;
  const answered = new Set(now.nodes.map(({ address }) => address));
  return { ttl: now.ttl, silent: false, nodes: [...now.nodes, ...before.nodes.filter(({ address }) => !answered.has(address))] };
}
