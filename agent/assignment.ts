import { z } from 'zod';
import type { Target } from '../probes/sdk/target.js';

const time = z.iso.datetime({ offset: true });

const probeSetting = z.object({ probe: z.string().min(1), settings: z.json() });

const schedule = z.object({
  intervalSeconds: z.number().positive(),
  durationSeconds: z.number().nullish(),
  startsAt: time.nullish(),
});

const target = z.object({
  id: z.string(),
  kind: z.enum(['HOST', 'URL', 'AGENT']),
  address: z.string(),
  host: z.string().nullish(),
  port: z.number().int().nullish(),
});

/** What the server tells an agent to measure: `AgentAssignment` of the contract, checked. */
export const assignmentSchema = z.object({
  testId: z.string(),
  revision: z.number().int(),
  seed: z.string(),
  // Servers that know no sessions leave these two out.
  sessionStartedAt: time.nullish(),
  endsAt: time.nullish(),
  target,
  probes: z.array(probeSetting).min(1),
  schedule,
});

/** One test against one target, on this agent. */
export type Assignment = z.output<typeof assignmentSchema>;

/** Names an assignment: an agent has one for each test and target. */
export function assignmentKey({ testId, target: { id } }: Assignment): string {
  return `${testId}/${id}`;
}

/** The target as probes want it. Without a host (an agent whose address the server does not know yet) what was written stands for it. */
export function probeTarget({ target: { kind, address, host, port } }: Assignment): Target {
  return {
    kind,
    address,
    host: host ?? address,
    ...(port === null || port === undefined ? {} : { port }),
    ...(kind === 'URL' ? { url: address } : {}),
  };
}
