import type { ProbeFailure } from '../sdk/error.js';
import type { FlowCounts } from '../sdk/flows.js';
import type { Burst, BurstPlan } from './burst.js';

/** What the bursts of all flows of a run came to. */
export interface Merged {
  readonly sent: number;
  readonly received: number;
  /** In the order of sending, one flow after another; between two flows stands one that is not known, since they may go two ways: it makes no jitter. */
  readonly rtts: readonly (number | undefined)[];
  readonly duplicates: number;
  readonly outOfOrder: number;
  readonly replyTtl: number | undefined;
  readonly spoiled: number;
  readonly unstamped: number;
  readonly refusedSends: number;
  readonly undecided: number;
  readonly cutShort: boolean;
  readonly failure: ProbeFailure | undefined;
}

/** The plans of the flows: they share the requests of one burst in turn, so that together they go out as one burst would. */
export function plansOf(whole: BurstPlan, flows: number): BurstPlan[] {
  return Array.from({ length: flows }, (_, flow) => ({
    ...whole,
    count: Math.ceil((whole.count - flow) / flows),
    intervalMs: whole.intervalMs * flows,
    startAfterMs: flow * whole.intervalMs,
  }));
}

/** Round-trip times of a burst in order, ms; undefined where there is none. */
function rttsInOrder(burst: Burst): (number | undefined)[] {
  return Array.from(burst.rtt.subarray(1, burst.nextIndex), (rtt) => (Number.isNaN(rtt) ? undefined : rtt));
}

function rttsOf([first, ...others]: readonly Burst[]): (number | undefined)[] {
  const rtts = first ? rttsInOrder(first) : [];
  for (const burst of others) rtts.push(undefined, ...rttsInOrder(burst));
  return rtts;
}

/** What one flow came to. */
export function countsOf(burst: Burst): FlowCounts {
  return { sent: burst.sent, received: burst.received, rtts: rttsInOrder(burst).filter((rtt) => rtt !== undefined) };
}

/** Puts the bursts of all flows together. */
export function merge(bursts: readonly Burst[]): Merged {
  const sum = (part: (burst: Burst) => number): number => bursts.reduce((total, burst) => total + part(burst), 0);
  const ttl = bursts.findLast(({ replyTtl }) => replyTtl >= 0)?.replyTtl;
  return {
    sent: sum(({ sent }) => sent),
    received: sum(({ received }) => received),
    rtts: rttsOf(bursts),
    duplicates: sum(({ duplicates }) => duplicates),
    outOfOrder: sum(({ outOfOrder }) => outOfOrder),
    replyTtl: ttl,
    spoiled: sum(({ spoiled }) => spoiled),
    unstamped: sum(({ unstamped }) => unstamped),
    refusedSends: sum(({ refusedSends }) => refusedSends),
    undecided: sum(({ undecided }) => undecided),
    cutShort: bursts.some(({ cutShort }) => cutShort),
    failure: bursts.find(({ failure }) => failure)?.failure,
  };
}
