import { PathChangeKind } from '../../entities/path-change.js';
import type { Hop } from '../../entities/path.js';
import type { Difference } from './way.js';

/** What a way does to packets, hop by hop: what the nodes announced and quoted. null: not told. */
export interface Treatment {
  /** DSCP with which the packets were sent: another one may be treated in another way. */
  readonly sentDscp: number;
  readonly hops: readonly {
    readonly ttl: number;
    readonly mtu: number | null;
    readonly dscp: number | null;
    readonly ecn: number | null;
  }[];
}

/** The treatment that a trace shows. */
export function treatmentOf(hops: readonly Hop[], sentDscp: number): Treatment {
  const told = hops.flatMap(({ ttl, nodes: [node] }) => (node ? [{ ttl, mtu: node.mtu, dscp: node.quotedDscp, ecn: node.quotedEcn }] : []));
  return { sentDscp, hops: told };
}

/** What became different about the same way. What one of both did not tell is no difference, nor is what other packets met. */
export function changeOfTreatment(before: Treatment, now: Treatment): Difference | undefined {
  const mtu = firstWhere(before, now, 'mtu');
  if (mtu !== undefined) return { kind: PathChangeKind.MTU, firstChangedTtl: mtu };
  if (before.sentDscp !== now.sentDscp) return undefined;
  const marking = firstWhere(before, now, 'dscp') ?? firstWhere(before, now, 'ecn');
  return marking === undefined ? undefined : { kind: PathChangeKind.MARKING, firstChangedTtl: marking };
}

/** What is known of the treatment after one more trace: what a hop did not tell this time, it told before. */
export function newerTreatment(before: Treatment | undefined, now: Treatment): Treatment {
  if (before?.sentDscp !== now.sentDscp) return now;
  const told = new Map(before.hops.map((hop) => [hop.ttl, hop]));
  for (const { ttl, mtu, dscp, ecn } of now.hops) {
    const known = told.get(ttl);
    told.set(ttl, { ttl, mtu: mtu ?? known?.mtu ?? null, dscp: dscp ?? known?.dscp ?? null, ecn: ecn ?? known?.ecn ?? null });
  }
  return { sentDscp: now.sentDscp, hops: [...told.values()].sort((one, other) => one.ttl - other.ttl) };
}

function firstWhere(before: Treatment, now: Treatment, what: 'mtu' | 'dscp' | 'ecn'): number | undefined {
  const known = new Map(before.hops.map((hop) => [hop.ttl, hop[what]]));
  return now.hops.find((hop) => {
    const old = known.get(hop.ttl) ?? null;
    return old !== null && hop[what] !== null && old !== hop[what];
  })?.ttl;
}
