import type { MplsLabel } from './mpls.js';
import { pathHash, type Path } from './path.js';
import type { Answer } from './reader.js';
import type { Sent } from './trace.js';
import type { Traced } from './traced.js';

/** One hop, over all rounds. */
export interface Hop {
  readonly ttl: number;
  /** Who answered, sorted; none for a silent hop, several where packets of one flow took several ways. */
  readonly addresses: readonly string[];
  /** 0 where its router had no answer left for this host: `addresses` are then those that it is remembered by. */
  readonly sent: number;
  readonly received: number;
  /** Packets that were not sent, since the router had no answers left. */
  readonly notSent: number;
  /** Answers of each address, in their order. */
  readonly answers: readonly number[];
  /** RTTs in the order of the rounds, ms. */
  readonly rtts: readonly number[];
  /** Differences of an RTT to the one before in the same flow, ms. */
  readonly changes: readonly number[];
  /** DSCP with which probes came to it, by the header that it quotes; undefined where it quotes none. */
  readonly dscp: number | undefined;
  /** ECN field (RFC 3168) with which probes came to it; undefined where it quotes none. */
  readonly ecn: number | undefined;
  /** TTL or hop limit with which its last answer arrived; undefined where nobody saw it. */
  readonly replyTtl: number | undefined;
  readonly labels: readonly MplsLabel[];
}

/** The hops up to the path's end, or to the farthest that answered. One that no packet came to, since the hop before calls all of them too large, is none. @param remembered of the same flow */
export function hopsOf(traced: Traced, remembered?: Path): Hop[] {
  const { end, farthest, refusal } = traced;
  const last = end === undefined ? farthest : refusal ? end - 1 : end;
  const hops = Array.from({ length: last }, (_, index) => hopAt(index + 1, traced));
  return hops.map((hop, index) => (hop.sent === 0 ? asRemembered(hop, remembered?.hops[index]) : hop));
}

/** By what a path is told from others: its hash; the reason that it has none where a hop was not asked and nobody remembers it. */
export function nameOf(hops: readonly Hop[]): { readonly pathHash: string } | { readonly absent: { readonly pathHash: string } } {
  const unknown = hops.find(({ sent, addresses }) => sent === 0 && addresses.length === 0);
  if (!unknown) return { pathHash: pathHash(hops.map(({ addresses }) => addresses)) };
  return { absent: { pathHash: `the router of hop ${unknown.ttl} had no answer left for this host, and no trace before met it` } };
}

/** Nobody asked it this time: it is who it was, as far as anybody knows. */
function asRemembered(hop: Hop, addresses: readonly string[] = []): Hop {
  return { ...hop, addresses, answers: addresses.map(() => 0) };
}

function hopAt(ttl: number, { sent: all, stepped, notSent }: Traced): Hop {
  // What was too large did not come as far as this hop; it was sent again.
  const sent = all.filter((probe) => probe.ttl === ttl && probe.flow === 0 && probe.answer?.kind !== 'too-big');
  const answers = sent.flatMap(({ answer }) => answer ?? []);
  const addresses = [...new Set(answers.map(({ from }) => from))].sort();
  return {
    ttl,
    addresses,
    sent: sent.length,
    received: answers.length,
    notSent: notSent.get(ttl) ?? 0,
    answers: addresses.map((address) => answers.filter(({ from }) => from === address).length),
    rtts: stepped ? [] : sent.flatMap(rttOf),
    changes: stepped ? [] : changesOf(sent),
    ...tosOf(answers),
    replyTtl: answers.findLast((answer) => answer.ttl !== undefined)?.ttl,
    labels: answers.find(({ labels }) => labels.length > 0)?.labels ?? [],
  };
}

/** How long a probe took to be answered, ms; none where it was not, or nobody stamped it. */
export function rttOf({ stamp, userStamp, answer }: Sent): number[] {
  const rtt = (answer?.stamp ?? NaN) - (Number.isNaN(stamp) ? userStamp : stamp);
  return Number.isNaN(rtt) ? [] : [rtt];
}

/** Two flows may go two ways: what differs between them is no jitter. */
function changesOf(sent: readonly Sent[]): number[] {
  const timed = sent.flatMap((probe) => rttOf(probe).map((rtt) => ({ rtt, member: probe.member })));
  return timed.flatMap(({ rtt, member }, index) => {
    const before = timed[index - 1];
    return before && before.member === member ? Math.abs(rtt - before.rtt) : [];
  });
}

export function smallest(rtts: readonly number[]): number | undefined {
  return rtts.length === 0 ? undefined : Math.min(...rtts);
}

/** Where the DSCP of the probes was rewritten: behind the first of two hops, before or at the second. */
export interface Rewrite {
  readonly afterTtl: number;
  readonly beforeTtl: number;
  readonly from: number;
  readonly to: number;
}

/** A hop quotes the header as it came to it: two neighbours that quote different DSCPs have the rewriting between them. */
export function rewritesOf(hops: readonly Hop[], dscp: number): Rewrite[] {
  const rewrites: Rewrite[] = [];
  let [afterTtl, from] = [0, dscp];
  for (const { ttl, dscp: to } of hops) {
    if (to === undefined) continue;
    if (to !== from) rewrites.push({ afterTtl, beforeTtl: ttl, from, to });
    [afterTtl, from] = [ttl, to];
  }
  return rewrites;
}

function tosOf(answers: readonly Answer[]): Pick<Hop, 'dscp' | 'ecn'> {
  const tos = answers.find((answer) => answer.tos !== undefined)?.tos;
  return tos === undefined ? { dscp: undefined, ecn: undefined } : { dscp: tos >> 2, ecn: tos & 3 };
}
