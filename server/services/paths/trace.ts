import { Ajv2020 } from 'ajv/dist/2020.js';
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
  /** Agents of before give it for each hop that answered, shared or not. */
  lossPercent: z.number().min(0).max(100).nullish(),
  limitsAnswers: z.boolean().nullish(),
  rttMs: z.object({ min: z.number().min(0), median: z.number().min(0), p95: z.number().min(0).nullish() }).nullish(),
  jitterMs: z.number().min(0).nullish(),
  dscp: z.int().min(0).max(63).nullish(),
  ecn: z.int().min(0).max(3).nullish(),
  replyTtl: z.int().min(0).max(255).nullish(),
  mpls: z.array(z.record(z.string(), z.unknown())).max(MOST_NODES).optional(),
});
const DETAILS = z.object({
  reached: z.boolean(),
  pathHash: z.string().min(1).max(128),
  hops: z.array(HOP).min(1).max(MOST_HOPS),
  parallel: z
    .array(z.array(z.string().max(100)).max(MOST_NODES))
    .max(MOST_HOPS)
    .optional(),
  mtuNarrowings: z.array(z.object({ ttl: z.int().nullish(), address: z.string(), nextHopMtu: z.int().nullish() })).optional(),
});
const FLOW = z.object({ protocol: z.enum(['icmp', 'udp', 'tcp']), dscp: z.int().min(0).max(63).optional() });

// Compiled: zod itself takes ten times as long, and each result with a trace comes by here.
const ajv = new Ajv2020({ strict: false });
const isDetails = ajv.compile<z.infer<typeof DETAILS>>(z.toJSONSchema(DETAILS, { io: 'input' }));
const isFlow = ajv.compile<z.infer<typeof FLOW>>(z.toJSONSchema(FLOW, { io: 'input' }));

/** A way that packets took, as one run saw it. */
export interface Trace {
  readonly protocol: string;
  readonly hash: string;
  readonly reached: boolean;
  /** DSCP with which the packets were sent. */
  readonly dscp: number;
  readonly hops: readonly Hop[];
  /** All nodes of each hop before the target, where parallel ways were looked for. */
  readonly parallel?: readonly (readonly string[])[];
}

/** The trace of a result; undefined where it has none, where its path cannot be told from others (no hash), or where its details are not what the probe documents. */
export function traceOf({ runs }: ResultInput): Trace | undefined {
  const run = runs.find(({ probe }) => probe === TRACER);
  return run && readRun(run);
}

function readRun({ details, flow }: RunInput): Trace | undefined {
  if (!isDetails(details) || !isFlow(flow)) return undefined;
  const { reached, pathHash, hops, parallel, mtuNarrowings = [] } = details;
  const { protocol, dscp = 0 } = flow;
  const mtus = new Map(mtuNarrowings.map(({ ttl, address, nextHopMtu }) => [`${ttl ?? ''} ${address}`, nextHopMtu ?? null]));
  const told = hops.map((hop, index) => withParallel(hopOf(hop, limitsItself(hops, index), mtus), parallel?.[index]));
  return { protocol, hash: pathHash, reached, dscp, hops: told, parallel };
}

type HopDetails = z.infer<typeof HOP>;

/** The agent says so where it is beyond chance. Agents of before did not: a hop that loses more than a later one then limits its answers, since what it forwards arrives. */
function limitsItself(hops: readonly HopDetails[], index: number): boolean {
  const lossOf = ({ sent, received }: HopDetails): number => (sent - received) / sent;
  const hop = hops[index] as HopDetails;
  if (hop.lossPercent !== undefined) return hop.limitsAnswers ?? false;
  return (
    hop.received > 0 && hop.received < hop.sent && hops.slice(index + 1).some((later) => later.received > 0 && lossOf(later) < lossOf(hop))
  );
}

function hopOf(hop: HopDetails, rateLimited: boolean, mtus: ReadonlyMap<string, number | null>): Hop {
  return { ttl: hop.ttl, silent: hop.addresses.length === 0, nodes: hop.addresses.map((node) => nodeOf(hop, node, rateLimited, mtus)) };
}

/** Times and losses are a hop's: where several nodes share one, they are nobody's. */
function nodeOf(
  { ttl, addresses, sent, received, lossPercent, rttMs, jitterMs, dscp, ecn, replyTtl, mpls }: HopDetails,
  { address, name, received: own }: z.infer<typeof NODE>,
  rateLimited: boolean,
  mtus: ReadonlyMap<string, number | null>,
): HopNode {
  const alone = addresses.length === 1;
  const told = lossPercent === undefined ? ((sent - received) / sent) * 100 : lossPercent;
  const loss = alone && sent >= ENOUGH_FOR_LOSS && !rateLimited ? told : null;
  // One literal: each result with a trace comes by here, and to put objects together takes ten times as long.
  return {
    address,
    name: name ?? null,
    probes: sent,
    replies: alone ? received : (own ?? 0),
    loss,
    rateLimited,
    rttMinMs: alone ? (rttMs?.min ?? null) : null,
    rttP50Ms: alone ? (rttMs?.median ?? null) : null,
    rttP95Ms: alone ? (rttMs?.p95 ?? null) : null,
    jitterMs: alone ? (jitterMs ?? null) : null,
    replyTtl: replyTtl ?? null,
    quotedDscp: dscp ?? null,
    quotedEcn: ecn ?? null,
    mtu: mtus.size === 0 ? null : (mtus.get(`${ttl} ${address}`) ?? null),
    mpls: mpls ?? [],
  };
}

/** Nodes that other flows met at the hop: of the parallel ways, but not asked in this flow. */
function withParallel(hop: Hop, addresses: readonly string[] = []): Hop {
  const own = new Set(hop.nodes.map(({ address }) => address));
  const others = addresses.filter((address) => !own.has(address)).map((address): HopNode => ({ ...UNASKED, address }));
  return others.length === 0 ? hop : { ttl: hop.ttl, silent: false, nodes: [...hop.nodes, ...others] };
}

const UNASKED: Omit<HopNode, 'address'> = {
  ...{ name: null, probes: 0, replies: 0, loss: null, rateLimited: false, rttMinMs: null, rttP50Ms: null, rttP95Ms: null, jitterMs: null },
  ...{ replyTtl: null, quotedDscp: null, quotedEcn: null, mtu: null, mpls: [] },
};
