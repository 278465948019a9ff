import type { FlowMember } from '../sdk/flow.js';
import { flowFigures } from '../sdk/flows.js';
import type { Json } from '../sdk/probe.js';
import { hopsOf, nameOf, rttOf } from './hops.js';
import type { Narrowing, Sent } from './trace.js';
import type { Traced } from './traced.js';

/** The trace of one of a run's flows. */
export interface FlowTrace {
  readonly member: FlowMember;
  readonly trace: Traced;
}

function reaches({ end, sent }: Traced, target: string): boolean {
  return end !== undefined && sent.some(({ ttl, flow, answer }) => ttl === end && flow === 0 && answer?.from === target);
}

/** All flows of a run as one trace: what is lost on one of them is lost on the path. A flow that did not come to the target says nothing of where it is, if another did. */
export function together(traces: readonly Traced[], target: string): Traced {
  const [first] = traces;
  if (!first) throw new RangeError('a run has a flow');
  if (traces.length === 1) return first;
  const arrived = traces.filter((trace) => reaches(trace, target));
  const telling = arrived.length > 0 ? arrived : [first];
  const ends = telling.flatMap(({ end }) => end ?? []);
  const notSent = new Map<number, number>();
  for (const trace of traces) for (const [ttl, packets] of trace.notSent) notSent.set(ttl, (notSent.get(ttl) ?? 0) + packets);
  return {
    sent: traces.flatMap(({ sent, end }, member) =>
      sent.filter(({ ttl }) => ttl <= (end ?? ttl)).map((probe): Sent => ({ ...probe, member })),
    ),
    narrowings: traces.flatMap(({ narrowings }) => narrowings).filter(isFirst),
    refusal: telling.find(({ refusal }) => refusal)?.refusal,
    end: ends.length > 0 ? Math.max(...ends) : undefined,
    farthest: Math.max(...traces.map(({ farthest }) => farthest)),
    failure: arrived.length > 0 ? undefined : traces.find(({ failure }) => failure)?.failure,
    stepped: traces.some(({ stepped }) => stepped),
    cutShort: traces.some(({ cutShort }) => cutShort),
    notSent,
    explored: first.explored,
  };
}

function isFirst({ from, mtu }: Narrowing, index: number, all: readonly Narrowing[]): boolean {
  return all.findIndex((other) => other.from === from && other.mtu === mtu) === index;
}

/** Figures of each flow at the target, and the way that it took. */
export function flowDetails(flows: readonly FlowTrace[], whole: Traced, target: string): Json[] {
  return flows.map(({ member, trace }) => {
    const reached = reaches(trace, target);
    const hops = hopsOf(trace);
    const at = reached ? trace.end : whole.end;
    const sent = trace.sent.filter(({ ttl, flow, answer }) => ttl === at && flow === 0 && answer?.kind !== 'too-big');
    const back = sent.filter(({ answer }) => answer?.from === target);
    const rtts = trace.stepped ? [] : back.flatMap(rttOf);
    const figures = flowFigures(member, { sent: sent.length, received: back.length, rtts });
    return { ...(figures as Readonly<Record<string, Json>>), reached, ...nameOf(hops), path: hops.map(({ addresses }) => addresses) };
  });
}

/** What flows met at each hop beside the first, which alone stands for the path: of the same equal-cost paths. */
export function metBeside(flows: readonly FlowTrace[]): readonly (readonly string[])[] {
  const [first, ...others] = flows;
  const found = [...(first?.trace.explored ? [first.trace.explored.multipath.nodes] : []), ...others.map(({ trace }) => pathOf(trace))];
  const length = Math.max(0, ...found.map((path) => path.length));
  return Array.from({ length }, (_, index) => [...new Set(found.flatMap((path) => path[index] ?? []))]);
}

const pathOf = (trace: Traced): (readonly string[])[] => hopsOf(trace).map(({ addresses }) => addresses);
