import { z } from 'zod';
import { ProbeFailure } from './error.js';
import type { FlowMember } from './flow.js';
import type { Json } from './probe.js';
import { median } from './stats.js';

/** More flows than a link aggregate or a router has members find no other member. */
export const MAX_FLOWS = 16;

/** The setting of probes that can spread their samples over several flows. */
export const flowsSetting = z
  .int()
  .min(1)
  .max(MAX_FLOWS)
  .default(1)
  .describe(
    'Flows that the samples are spread over in turn, each with a source port or identifier of its own, and with figures in the details: one faulty member of a link aggregate or of equal-cost paths harms some of them only.',
  );

/** @throws ProbeFailure BAD_SETTINGS where there are more flows than samples */
export function checkFlows({ flows, count }: { readonly flows: number; readonly count: number }): void {
  if (flows > count)
    throw new ProbeFailure(
      'BAD_SETTINGS',
      `flows: ${flows} flows need a count of at least ${flows}, so that each has a sample; it is ${count}`,
    );
}

/** What became of one flow's packets. */
export interface FlowCounts {
  readonly sent: number;
  readonly received: number;
  readonly rtts: readonly number[];
}

/** Figures of one flow for the details: `{ sourcePort or id, sent, received, lossPercent, rttMs: { min, median, max } }`; what is not known is left out. */
export function flowFigures(member: FlowMember, { sent, received, rtts }: FlowCounts): Json {
  return {
    ...member,
    sent,
    received,
    ...(sent > 0 ? { lossPercent: (100 * (sent - received)) / sent } : {}),
    ...(rtts.length > 0 ? { rttMs: { min: Math.min(...rtts), median: median(rtts), max: Math.max(...rtts) } } : {}),
  };
}
