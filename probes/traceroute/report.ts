import { flowIdentity, sourceTo } from '../kernel/flow.js';
import type { Resolved } from '../kernel/lookup.js';
import { Numbers } from '../sdk/numbers.js';
import type { Json, Measurement, ProbeContext } from '../sdk/probe.js';
import { mean, median, percentileOfSorted, sorted } from '../sdk/stats.js';
import { failureOf } from './failure.js';
import { largestStep, limitsAnswers, sharedLoss, worstLoss } from './figures.js';
import { flowDetails, metBeside, together, type FlowTrace } from './flows.js';
import { hopsOf, nameOf, rewritesOf, smallest, type Hop } from './hops.js';
import { metrics } from './metrics.js';
import { reverseNames } from './names.js';
import { compare, rememberedPath, type Path } from './path.js';
import type { TracerouteSettings } from './settings.js';
import type { Means, Traced } from './traced.js';

export type TracerouteMetric = keyof typeof metrics;

/** Where our own clock stands in for a send stamp, ms. */
const UNSTAMPED_ERROR_MS = 3;

/** What a trace is told as. The figures are those of all its flows; the path that is remembered, and has a hash, is the first one's. */
export async function report(
  flows: readonly FlowTrace[],
  means: Means,
  settings: TracerouteSettings,
  resolved: Resolved,
  context: ProbeContext,
): Promise<Measurement<TracerouteMetric>> {
  const trace = together(
    flows.map((each) => each.trace),
    resolved.address,
  );
  const flow = flowIdentity(resolved, {
    ...{ protocol: settings.mode, source: sourceTo(resolved, settings.dscp), dscp: settings.dscp },
    ...means.flow,
  });
  const flowName = JSON.stringify(flow);
  const remembered = rememberedPath(context.memory);
  const known = remembered?.flow === flowName ? remembered : undefined;
  const hops = hopsOf(trace, known);
  const reached = hops.at(-1)?.addresses.includes(resolved.address) ?? false;
  // The flow by which a test knows its path is the first.
  const own = flows.length > 1 && flows[0] ? hopsOf(flows[0].trace, known) : hops;
  const path = pathOf(own, flowName, resolved.address);
  // A path that was cut short or never sent is no path to compare with.
  const usable = !trace.cutShort && trace.failure === undefined && path.hops.length > 0;
  const history = usable ? compare(context.memory, path, metBeside(flows)) : { changed: undefined, memory: context.memory };
  const names =
    settings.reverseNames && !trace.cutShort ? await reverseNames(hops.flatMap(({ addresses }) => addresses)) : new Map<string, string>();
  return {
    method: means.method,
    ...numbers({ trace, means, hops, reached, changed: history.changed, settings }),
    flow,
    details: {
      ...{ reached, hops: hops.map((hop) => hopJson(hop, hops, names, means)) },
      ...(trace.explored ? { parallel: trace.explored.multipath.nodes } : {}),
      ...(flows.length > 1 ? { flows: flowDetails(flows, trace, resolved.address) } : {}),
      ...withAbsent(nameOf(own), treatmentOf(trace, means, hops, settings.dscp)),
    },
    failure: failureOf(trace, hops, reached, resolved.family, resolved.address),
    memory: history.memory,
  };
}

function pathOf(hops: readonly Hop[], flow: string, target: string): Path {
  return { flow, reached: hops.at(-1)?.addresses.includes(target) ?? false, hops: hops.map(({ addresses }) => addresses) };
}

type PartOfDetails = Readonly<Record<string, Json>> & { readonly absent?: Readonly<Record<string, string>> };

/** Both parts, with all that either of them lacks. */
function withAbsent(one: PartOfDetails, other: PartOfDetails): Record<string, Json> {
  const absent = { ...one.absent, ...other.absent };
  return { ...one, ...other, ...(Object.keys(absent).length > 0 ? { absent } : {}) };
}

interface Told {
  readonly trace: Traced;
  readonly means: Means;
  readonly hops: readonly Hop[];
  readonly reached: boolean;
  readonly changed: boolean | undefined;
  readonly settings: TracerouteSettings;
}

function numbers({ trace, means, hops, reached, changed, settings }: Told): Numbers<TracerouteMetric>['all'] {
  const found = new Numbers<TracerouteMetric>(metrics);
  if (trace.sent.length === 0) {
    found.rest('nothing could be sent');
    return found.all;
  }
  const unstamped = trace.sent.some(({ answer, stamp }) => answer !== undefined && Number.isNaN(stamp));
  const bound = unstamped ? UNSTAMPED_ERROR_MS : means.errorMs;
  const last = hops.at(-1);
  const noTime = trace.stepped ? 'the wall clock was stepped during the trace' : undefined;
  found.set('traceroute.hops', reached ? last?.ttl : undefined, 'the target did not answer');
  found.set('traceroute.last_ttl', hops.findLast(({ received }) => received > 0)?.ttl, 'nothing answered');
  found.set('traceroute.reached', trace.cutShort && !reached ? undefined : reached, 'the trace was cut short');
  const lastRtt = hops.findLast(({ rtts }) => rtts.length > 0);
  found.set('traceroute.rtt.last', smallest(lastRtt?.rtts ?? []), noTime ?? 'nothing answered', bound);
  const enough = reached && !trace.cutShort && hops.every(({ sent }) => sent >= 60);
  const why = reached
    ? `loss is judged from 60 probes a hop on, this run had ${Math.min(...hops.map(({ sent }) => sent))}${hops.some(({ notSent }) => notSent > 0) ? ': other traces of this host ask the same routers' : ''}`
    : 'the target did not answer';
  found.set('traceroute.loss.worst', enough ? worstLoss(hops) : undefined, why);
  found.set('traceroute.rtt.largest_step', largestStep(hops), noTime ?? 'fewer than two hops answered', 2 * bound);
  found.set('traceroute.path_changed', changed, 'there is no earlier path of this flow to compare with');
  const { paths, why: whyNot } = pathsOf(trace, means, settings);
  found.set('traceroute.paths', paths, whyNot);
  return found.all;
}

/** Parallel paths, or why nobody knows how many there are. */
function pathsOf({ explored, cutShort }: Traced, { program }: Means, { multipath }: TracerouteSettings): { paths?: number; why: string } {
  if (!multipath) return { why: 'the trace keeps to one flow: the setting multipath is off' };
  if (program !== undefined) return { why: `the ${program} program, which traced, keeps to one flow` };
  if (!explored) return { why: 'the target did not answer' };
  if (explored.cutShort || cutShort) return { why: 'the detection was cut short, by time or because a router answers too little' };
  return { paths: explored.multipath.paths, why: '' };
}

/** What routers do to packets: only quoted headers tell, which programs do not show, nor the kernel without privilege. What is not to be seen is left out, with the reason. */
function treatmentOf(trace: Traced, { program, seesQuotes }: Means, hops: readonly Hop[], dscp: number): PartOfDetails {
  if (program !== undefined) {
    const reason = `the ${program} program, which traced, does not show the headers that routers quote`;
    return { absent: { dscpRewrites: reason, mtuNarrowings: reason } };
  }
  const narrowings = {
    mtuNarrowings: trace.narrowings.map(({ ttl, from, mtu }) => ({
      ttl: ttl ?? hops.find(({ addresses }) => addresses.includes(from))?.ttl,
      address: from,
      nextHopMtu: mtu > 0 ? mtu : undefined,
    })),
  };
  if (hops.every((hop) => hop.dscp === undefined)) {
    const reason = seesQuotes
      ? 'no hop quoted a header'
      : 'the headers that routers quote are only seen through a raw socket (CAP_NET_RAW)';
    return { ...narrowings, absent: seesQuotes ? { dscpRewrites: reason } : { dscpRewrites: reason, mpls: reason } };
  }
  return { dscpRewrites: rewritesOf(hops, dscp).map((rewrite) => ({ ...rewrite })), ...narrowings };
}

function hopJson(hop: Hop, hops: readonly Hop[], names: ReadonlyMap<string, string>, { seesQuotes, program }: Means): Json {
  const { ttl, addresses, answers, sent, received, notSent, rtts, changes, dscp, ecn, replyTtl, labels } = hop;
  return {
    ttl,
    addresses: addresses.map((address, index) => ({ address, name: names.get(address), received: answers[index] })),
    sent,
    received,
    lossPercent: sharedLoss(hop, hops) ?? null,
    rttMs:
      rtts.length === 0 ? null : { min: smallest(rtts), median: median(rtts), avg: mean(rtts), p95: p95Of(rtts), max: Math.max(...rtts) },
    jitterMs: mean(changes) ?? null,
    ...(notSent > 0 ? { notSent } : {}),
    ...(limitsAnswers(hop, hops) ? { limitsAnswers: true } : {}),
    ...{ dscp, ecn, replyTtl },
    // Programs show labels, though no other part of a quote.
    ...(seesQuotes || program !== undefined ? { mpls: labels.map((label) => ({ ...label })) } : {}),
  };
}

/** Of fewer than 20 it would be the largest. */
function p95Of(rtts: readonly number[]): number | undefined {
  return rtts.length < 20 ? undefined : percentileOfSorted(sorted(rtts), 0.95);
}
