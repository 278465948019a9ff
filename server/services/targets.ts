import { parseTarget, type Target as ParsedTarget } from '../../probes/sdk/target.js';
import type { FieldProblem } from '../errors.js';

/** Targets as people wrote them, taken apart, and what is wrong with the others. */
export interface ParsedTargets {
  readonly targets: readonly ParsedTarget[];
  readonly problems: readonly FieldProblem[];
}

/** Takes each target apart, leaving out repetitions; a problem's path is `input.targets.INDEX`. */
export function parseTargets(addresses: readonly string[]): ParsedTargets {
  const targets = new Map<string, ParsedTarget>();
  const problems: FieldProblem[] = [];
  for (const [index, address] of addresses.entries()) {
    try {
      const target = parseTarget(address);
      targets.set(target.address, target);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      problems.push({ path: `input.targets.${index}`, message: error.message });
    }
  }
  return { targets: [...targets.values()], problems };
}

/** The target that means an agent, by its id. */
export function agentTarget(agentId: string): ParsedTarget {
  return { kind: 'AGENT', address: `agent:${agentId}`, host: agentId };
}
