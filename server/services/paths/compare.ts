import type { Hop } from '../../entities/path.js';
import { PathChangeKind } from '../../entities/path-change.js';

/** As much of a path as is compared. */
export interface Seen {
  readonly reached: boolean;
  readonly hops: readonly Hop[];
}

/** What is different, and from which hop on. */
export interface Difference {
  readonly kind: PathChangeKind;
  readonly firstChangedTtl: number;
}

/** What makes `after` another way than `before`; undefined where nothing does. A hop that did not answer may be any. */
export function differenceOf(before: Seen, after: Seen): Difference | undefined {
  const ttl = firstOther(before.hops, after.hops);
  const shorter = Math.min(before.hops.length, after.hops.length) + 1;
  if (before.reached && !after.reached) return { kind: PathChangeKind.UNREACHABLE, firstChangedTtl: ttl ?? shorter };
  const loop = loopAt(after.hops);
  if (loop !== undefined && loopAt(before.hops) === undefined) return { kind: PathChangeKind.LOOP, firstChangedTtl: loop };
  if (before.reached && after.reached && before.hops.length !== after.hops.length) {
    return { kind: PathChangeKind.LENGTH, firstChangedTtl: ttl ?? shorter };
  }
  if (ttl !== undefined) return { kind: PathChangeKind.HOP_REPLACED, firstChangedTtl: ttl };
  const width = firstWhere(before.hops, after.hops, (one, other) => one.nodes.length !== other.nodes.length);
  return width === undefined ? undefined : { kind: PathChangeKind.ECMP_WIDTH, firstChangedTtl: width };
}

/** What is different about the same way: the MTU that a node announces, or the DSCP that it sees. What one of both did not tell is no difference. */
export function treatmentOf(before: Seen, after: Seen): Difference | undefined {
  const mtu = firstWhere(before.hops, after.hops, (one, other) => differ(one, other, 'mtu'));
  if (mtu !== undefined) return { kind: PathChangeKind.MTU, firstChangedTtl: mtu };
  const marking = firstWhere(before.hops, after.hops, (one, other) => differ(one, other, 'quotedDscp'));
  return marking === undefined ? undefined : { kind: PathChangeKind.MARKING, firstChangedTtl: marking };
}

function firstOther(before: readonly Hop[], after: readonly Hop[]): number | undefined {
  return firstWhere(before, after, (one, other) => !other.nodes.some(({ address }) => one.nodes.some((node) => node.address === address)));
}

/** The TTL of the first hop that answered both times, and of which this holds. */
function firstWhere(before: readonly Hop[], after: readonly Hop[], holds: (one: Hop, other: Hop) => boolean): number | undefined {
  const byTtl = new Map(before.map((hop) => [hop.ttl, hop]));
  return after.find((hop) => {
    const one = byTtl.get(hop.ttl);
    return one !== undefined && !one.silent && !hop.silent && holds(one, hop);
  })?.ttl;
}

function differ(one: Hop, other: Hop, what: 'mtu' | 'quotedDscp'): boolean {
  const [a, b] = [one.nodes[0]?.[what], other.nodes[0]?.[what]];
  return a !== undefined && a !== null && b !== undefined && b !== null && a !== b;
}

/** Where an address comes again after others: packets go in a circle. The same one twice running is a router that does not count down. */
function loopAt(hops: readonly Hop[]): number | undefined {
  const last = new Map<string, number>();
  for (const { ttl, nodes } of hops) {
    for (const { address } of nodes) {
      const before = last.get(address);
      if (before !== undefined && before < ttl - 1) return ttl;
      last.set(address, ttl);
    }
  }
  return undefined;
}
