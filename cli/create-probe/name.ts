import { CATALOGUE } from '../../probes/catalogue.js';
import { builtInProbes } from '../../probes/registry.js';

const NAME = /^[a-z][a-z0-9-]{0,39}$/;
/** Words that a metric id can begin with and that are ours. */
const TAKEN = new Set([...builtInProbes, ...CATALOGUE.flatMap(({ id, probe }) => [probe, id.split('.')[0] as string])]);

/** What is wrong with a name for a new probe, and what would be right; undefined where it is good. */
export function nameProblem(name: string): string | undefined {
  if (!NAME.test(name))
    return `"${name}" is no name for a probe: use up to 40 lower case letters, digits and hyphens, a letter first, as in "tide-gauge"`;
  if (TAKEN.has(name)) return `"${name}" is the name, or the first word of the metrics, of one of our own probes: choose another`;
  return undefined;
}
