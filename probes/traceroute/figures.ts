import { smallest, type Hop } from './hops.js';

/** Two-sided 95 %. */
const Z = 1.96;

/** The 95 % interval of a share (Wilson, 1927). */
function interval(lost: number, sent: number): { low: number; high: number } {
  const share = lost / sent;
  const squared = Z * Z;
  const centre = (share + squared / (2 * sent)) / (1 + squared / sent);
  const half = (Z * Math.sqrt((share * (1 - share)) / sent + squared / (4 * sent * sent))) / (1 + squared / sent);
  return { low: centre - half, high: centre + half };
}

/**
 * Largest loss, %, of a hop that all later answering hops share: a router that limits its answers loses some which those behind it do not.
 * The last hop is the target. undefined without hops.
 */
export function worstLoss(hops: readonly Hop[]): number | undefined {
  const losses = hops.flatMap((hop) => sharedLoss(hop, hops) ?? []);
  return losses.length === 0 ? undefined : Math.max(...losses);
}

/**
 * Loss of a hop, %, where all that answers behind it shares it, or where it lost nothing; undefined else: a router that limits its answers, or answers
 * now and then, says nothing of the path. A silent one neither.
 */
export function sharedLoss(hop: Hop, hops: readonly Hop[]): number | undefined {
  if (hop.received === 0) return undefined;
  const { low } = interval(hop.sent - hop.received, hop.sent);
  const behind = hops.filter(({ ttl, received }) => ttl > hop.ttl && received > 0);
  const isShared = behind.every(({ sent, received }) => received < sent && interval(sent - received, sent).high >= low);
  if (hop.received < hop.sent && !isShared) return undefined;
  return ((hop.sent - hop.received) / hop.sent) * 100;
}

/** Whether a hop holds answers back: it loses more than one behind it, to which the same packets and their answers went through it, beyond chance. */
export function limitsAnswers(hop: Hop, hops: readonly Hop[]): boolean {
  if (hop.received === 0 || hop.received === hop.sent) return false;
  const { low } = interval(hop.sent - hop.received, hop.sent);
  return hops.some(({ ttl, sent, received }) => ttl > hop.ttl && received > 0 && interval(sent - received, sent).high < low);
}

/** Largest step of the smallest RTT from one hop to the next that all later hops keep, ms; undefined with fewer than two hops that answered. */
export function largestStep(hops: readonly Hop[]): number | undefined {
  const kept: number[] = [];
  for (const rtt of rttsOfLinks(hops).reverse()) kept.unshift(Math.min(rtt, kept[0] ?? Infinity));
  const steps = kept.slice(1).map((rtt, index) => rtt - (kept[index] ?? NaN));
  return steps.length === 0 ? undefined : Math.max(...steps);
}

/** Smallest RTTs in order; neighbours with MPLS labels are one tunnel and count as one, since all their answers go through its end. */
function rttsOfLinks(hops: readonly Hop[]): number[] {
  const rtts: number[] = [];
  let inTunnel = false;
  for (const { labels, rtts: samples } of hops) {
    const rtt = smallest(samples);
    if (rtt === undefined) continue;
    const labelled = labels.length > 0;
    const before = labelled && inTunnel ? rtts.pop() : undefined;
    rtts.push(Math.min(rtt, before ?? Infinity));
    inTunnel = labelled;
  }
  return rtts;
}
