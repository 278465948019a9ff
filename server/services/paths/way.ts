import { PathChangeKind } from '../../entities/path-change.js';
import type { Hop } from '../../entities/path.js';

/** As much of a trace as says which way it took. */
export interface Seen {
  readonly reached: boolean;
  readonly hops: readonly Hop[];
}

/** What is known of a way, from all traces that took it. */
export interface Way {
  readonly reached: boolean;
  /** At how many hops the target answered last; null where it never did. */
  readonly length: number | null;
  /** All addresses that answered at each hop, from the first on; none where it was always silent. */
  readonly hops: readonly (readonly string[])[];
}

/** What is different, and from which hop on. */
export interface Difference {
  readonly kind: PathChangeKind;
  readonly firstChangedTtl: number;
}

/** As many addresses of a hop are known: of a router that answers from ever new ones, the newest. */
const MOST_KNOWN = 64;

/** The way that a single trace shows. */
export function wayOf({ reached, hops }: Seen): Way {
  const length = Math.max(0, ...hops.map(({ ttl }) => ttl));
  const at = new Map(hops.map(({ ttl, nodes }) => [ttl, nodes.map(({ address }) => address)]));
  return { reached, length: reached ? length : null, hops: Array.from({ length }, (_, index) => at.get(index + 1) ?? []) };
}

/** What makes `now` another way than `known`; undefined where nothing does. A hop that did not answer may be any, and so may one behind the last that did. */
export function differenceOf(known: Way, now: Way): Difference | undefined {
  const ttl = firstOther(known, now);
  const shorter = Math.min(known.hops.length, now.hops.length) + 1;
  if (known.reached && !now.reached) return { kind: PathChangeKind.UNREACHABLE, firstChangedTtl: ttl ?? shorter };
  const loop = loopAt(now);
  if (loop !== undefined && loopAt(known) === undefined) return { kind: PathChangeKind.LOOP, firstChangedTtl: loop };
  if (known.length !== null && now.length !== null && known.length !== now.length) {
    return { kind: PathChangeKind.LENGTH, firstChangedTtl: ttl ?? Math.min(known.length, now.length) };
  }
  return ttl === undefined ? undefined : { kind: PathChangeKind.HOP_REPLACED, firstChangedTtl: ttl };
}

/** Whether a trace shows nothing that is not known: it is one more of the same. */
export function isPartOf(known: Way, now: Way): boolean {
  return now.hops.every((addresses, index) => addresses.every((address) => known.hops[index]?.includes(address)));
}

/** The way, with what one more trace of it showed. What fell silent behind the last answer stays known. */
export function merge(known: Way, now: Way): Way {
  const length = now.reached ? now.hops.length : Math.max(known.hops.length, now.hops.length);
  const union = (index: number): string[] => [...new Set([...(known.hops[index] ?? []), ...(now.hops[index] ?? [])])].slice(-MOST_KNOWN);
  return { reached: now.reached, length: now.length ?? known.length, hops: Array.from({ length }, (_, index) => union(index)) };
}

function firstOther(known: Way, now: Way): number | undefined {
  const index = now.hops.findIndex((addresses, at) => {
    const before = known.hops[at] ?? [];
    return before.length > 0 && addresses.length > 0 && !addresses.some((address) => before.includes(address));
  });
  return index < 0 ? undefined : index + 1;
}

/** Where an address comes again after others: packets go in a circle. The same one twice running is a router that does not count down. */
function loopAt({ hops }: Way): number | undefined {
  const last = new Map<string, number>();
  for (const [index, addresses] of hops.entries()) {
    for (const address of addresses) {
      const before = last.get(address);
      if (before !== undefined && before < index - 1) return index + 1;
      last.set(address, index);
    }
  }
  return undefined;
}
