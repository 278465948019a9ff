import { assignmentKey, type Assignment } from './assignment.js';
import type { DescribedProbe } from './pool/protocol.js';
import { fractionOf } from './random.js';
import { isOnce } from './schedule.js';

/** So many assignments of an agent start together at the most, on average. */
export const MOST_TOGETHER = 10;

type Traits = Pick<DescribedProbe, 'sharesStart' | 'settingsSchema'>;
type Properties = Readonly<Record<string, { readonly default?: unknown } | undefined>>;

/** Whether a setting is left at what the probe does by itself. */
function isDefault(name: string, settings: unknown, { settingsSchema }: Traits): boolean {
  const given = (settings as Readonly<Record<string, unknown>> | null)?.[name];
  const { properties } = settingsSchema as { readonly properties?: Properties };
  return given === undefined || given === properties?.[name]?.default;
}

/** Whether none of an assignment's probes is disturbed by what else the agent does at the time, or disturbs. */
function mayShare({ probes }: Assignment, traitsOf: (probe: string) => Traits | undefined): boolean {
  return probes.every(({ probe, settings }) => {
    const traits = traitsOf(probe);
    return traits?.sharesStart?.unless.every((name) => isDefault(name, settings, traits)) ?? false;
  });
}

/**
 * By what the cycles of each assignment (by its key) are placed in their interval, where that is not its own seed: assignments with the same rhythm start
 * together. That halves what an agent takes of the processor, since waking a thread costs more than the measurements do (docs/decisions/0012). Those of one interval
 * share a rhythm until they are more than `MOST_TOGETHER`; each time their number doubles, half of a group changes to a rhythm of its own and the others keep theirs.
 *
 * @param agent what tells this agent from others, for they shall not all start at the same moment
 */
export function rhythmsOf(
  agent: string,
  assignments: readonly Assignment[],
  traitsOf: (probe: string) => Traits | undefined,
): Map<string, string> {
  const sharing = assignments.filter((assignment) => !isOnce(assignment) && mayShare(assignment, traitsOf));
  const byInterval = new Map<number, Assignment[]>();
  for (const assignment of sharing) {
    const { intervalSeconds } = assignment.schedule;
    const group = byInterval.get(intervalSeconds);
    if (group) group.push(assignment);
    else byInterval.set(intervalSeconds, [assignment]);
  }
  const rhythms = new Map<string, string>();
  for (const [interval, group] of byInterval) {
    const parts = 2 ** Math.max(0, Math.ceil(Math.log2(group.length / MOST_TOGETHER)));
    for (const assignment of group) {
      const from = Math.floor(fractionOf(`part ${assignment.seed}`) * parts) / parts;
      rhythms.set(assignmentKey(assignment), `${agent} ${interval} ${from}`);
    }
  }
  return rhythms;
}
