import type { PathChangeKind, PathChangeViewFragment, PathViewFragment } from '../graphql/generated.js';
import { pairKey } from './series.js';

export type PathView = PathViewFragment;
export type PathChangeView = PathChangeViewFragment;
type Hop = PathView['hops'][number];

/** All ways from one agent to one target by one protocol. */
export interface Route {
  readonly key: string;
  readonly pair: string;
  /** The way seen last. */
  readonly current: PathView;
  /** The others, the one seen last first. */
  readonly others: readonly PathView[];
}

/** Puts ways together by agent, target and protocol; by the agents' names. */
export function routesOf(paths: readonly PathView[]): Route[] {
  const groups = new Map<string, PathView[]>();
  for (const path of paths) {
    const key = `${pairKey(path.agent.id, path.target.id)} ${path.protocol}`;
    groups.set(key, [...(groups.get(key) ?? []), path]);
  }
  const routes = [...groups].flatMap(([key, ways]) => {
    const [current, ...others] = ways.sort((one, other) => Date.parse(other.lastSeenAt) - Date.parse(one.lastSeenAt));
    return current ? [{ key, pair: pairKey(current.agent.id, current.target.id), current, others }] : [];
  });
  return routes.sort((one, other) => nameOf(one).localeCompare(nameOf(other)));
}

function nameOf({ current: { agent, target, protocol } }: Route): string {
  return `${agent.name} ${target.address} ${protocol}`;
}

/** One line of a table of hops. */
export interface HopRow {
  readonly key: string;
  /** Only on the first line of a hop that several nodes answered. */
  readonly ttl: number | null;
  /** Null: nothing answered. */
  readonly node: Hop['nodes'][number] | null;
  /** It differs from the way that is compared with. */
  readonly changed: boolean;
}

/** The lines of a way; a hop whose addresses are not those of `before` at the same TTL is marked. */
export function hopRows(path: PathView, before?: PathView): HopRow[] {
  const known = new Map(before?.hops.map((hop) => [hop.ttl, addressesOf(hop)]));
  return path.hops.flatMap((hop): HopRow[] => {
    const earlier = known.get(hop.ttl);
    // A silent hop matches anything: nobody knows who it is.
    const changed = before !== undefined && addressesOf(hop) !== '' && earlier !== '' && earlier !== addressesOf(hop);
    if (hop.nodes.length === 0) return [{ key: `${hop.ttl}`, ttl: hop.ttl, node: null, changed }];
    return hop.nodes.map((node, index) => ({ key: `${hop.ttl} ${node.address}`, ttl: index === 0 ? hop.ttl : null, node, changed }));
  });
}

/** Whether packets came anywhere with a DSCP other than 0: then a 0 elsewhere is worth a word, it tells where it was lost. */
export function isMarked({ hops }: PathView): boolean {
  return hops.some(({ nodes }) => nodes.some(({ quotedDscp }) => (quotedDscp ?? 0) > 0));
}

function addressesOf({ nodes }: Hop): string {
  return nodes
    .map(({ address }) => address)
    .sort()
    .join(' ');
}

/** What a change is, in a sentence without its subject. */
export const CHANGE_WORDS: Readonly<Record<PathChangeKind, string>> = {
  ECMP_WIDTH: 'is spread over more or fewer routers',
  HOP_REPLACED: 'goes by another router',
  LENGTH: 'has more or fewer hops',
  LOOP: 'meets a router twice',
  MARKING: 'has its DSCP or ECN changed at another hop',
  MTU: 'has another MTU',
  UNREACHABLE: 'does not reach the target any more',
};

/** Labels of a tunnel as people write them: "24, 25". */
export function labelsText(mpls: readonly unknown[]): string {
  return mpls.flatMap((entry) => (typeof entry === 'object' && entry !== null && 'label' in entry ? [String(entry.label)] : [])).join(', ');
}
