import { z } from 'zod';
import type { Hop, HopNode } from '../../entities/path.js';
import type { ResultInput, RunInput } from '../results/input.js';

/** The probe whose runs are traces. */
const TRACER = 'traceroute';
const MOST_HOPS = 255;
const MOST_NODES = 64;
/** Fewer packets to a hop say nothing of its loss. */
const ENOUGH_FOR_LOSS = 10;

// As `docs/probes/traceroute.md` has it; agents of another version may send more.
const NODE = z.object({ address: z.string().max(100), name: z.string().max(300).nullish(), received: z.int().min(0).nullish() });
const HOP = z.object({
  ttl: z.int().min(1).max(MOST_HOPS),
  addresses: z.array(NODE).max(MOST_NODES),
  sent: z.int().min(0),
  received: z.int().min(0),
  rttMs: z.object({ min: z.number().min(0), median: z.number().min(0) }).nullish(),
  dscp: z.int().min(0).max(63).nullish(),
  mpls: z.array(z.record(z.string(), z.unknown())).max(MOST_NODES).default([]),
});
const DETAILS = z.object({
  reached: z.boolean(),
  pathHash: z.string().min(1).max(128),
  hops: z.array(HOP).min(1).max(MOST_HOPS),
  mtuNarrowings: z.array(z.object({ ttl: z.int().nullish(), address: z.string(), nextHopMtu: z.int().nullish() })).default([]),
});
const FLOW = z.object({ protocol: z.enum(['icmp', 'udp', 'tcp']) });

/** A way that packets took, as one run saw it. */
export interface Trace {
  readonly protocol: string;
  readonly hash: string;
  readonly reached: boolean;
  readonly hops: readonly Hop[];
  /** The agent saw another way than before, twice running: a single odd answer is no change. */
  readonly changed: boolean;
}

/** The trace of a result; undefined where it has none, or where its details are not what the probe documents. */
export function traceOf({ runs, metrics }: ResultInput): Trace | undefined {
  const run = runs.find(({ probe }) => probe === TRACER);
  const seen = run && readRun(run);
  return seen && { ...seen, changed: (metrics as Record<string, number>)['traceroute.path_changed'] === 1 };
}

function readRun({ details, flow }: RunInput): Omit<Trace, 'changed'> | undefined {
  const read = DETAILS.safeParse(details);
  const how = FLOW.safeParse(flow);
  if (!read.success || !how.success) return undefined;
  const { reached, pathHash, hops, mtuNarrowings } = read.data;
  const mtus = new Map(mtuNarrowings.map(({ ttl, address, nextHopMtu }) => [`${ttl ?? ''} ${address}`, nextHopMtu ?? null]));
  const told = hops.map((hop, index) => hopOf(hop, limitsItself(hops, index), mtus));
  return { protocol: how.data.protocol, hash: pathHash, reached, hops: told };
}

type HopDetails = z.infer<typeof HOP>;

/** A hop that loses more than a later one limits its answers: what it forwards arrives. */
function limitsItself(hops: readonly HopDetails[], index: number): boolean {
  const lossOf = ({ sent, received }: HopDetails): number => (sent - received) / sent;
  const hop = hops[index] as HopDetails;
  return (
    hop.received > 0 && hop.received < hop.sent && hops.slice(index + 1).some((later) => later.received > 0 && lossOf(later) < lossOf(hop))
  );
}

function hopOf(hop: HopDetails, rateLimited: boolean, mtus: ReadonlyMap<string, number | null>): Hop {
  return { ttl: hop.ttl, silent: hop.addresses.length === 0, nodes: hop.addresses.map((node) => nodeOf(hop, node, rateLimited, mtus)) };
}

/** Times and losses are a hop's: where several nodes share one, they are nobody's. */
function nodeOf(
  { ttl, addresses, sent, received, rttMs, dscp, mpls }: HopDetails,
  { address, name, received: own }: z.infer<typeof NODE>,
  rateLimited: boolean,
  mtus: ReadonlyMap<string, number | null>,
): HopNode {
  const alone = addresses.length === 1;
  const loss = alone && sent >= ENOUGH_FOR_LOSS && !rateLimited ? ((sent - received) / sent) * 100 : null;
  return {
    ...{ address, name: name ?? null, probes: sent, replies: alone ? received : (own ?? 0), loss, rateLimited },
    ...{ rttMinMs: alone ? (rttMs?.min ?? null) : null, rttP50Ms: alone ? (rttMs?.median ?? null) : null, rttP95Ms: null },
    ...{ replyTtl: null, quotedDscp: dscp ?? null, quotedEcn: null, mtu: mtus.get(`${ttl} ${address}`) ?? null, mpls },
  };
}
