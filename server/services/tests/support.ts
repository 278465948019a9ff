import type { EntityManager } from '../../orm.js';
import type { Agent } from '../../entities/agent.js';
import { ProbeDeclaration } from '../../entities/probe-declaration.js';
import type { Target } from '../../entities/target.js';
import type { StoredProbe } from '../../entities/test.js';
import { TargetKind } from '../../entities/test-enums.js';
import { settingsProblems } from './settings-check.js';
import type { StoredProbes } from './stored-probes.js';

/** Whether an agent can run a test's probes: why not, or the metrics that it will report. */
export type Support = { readonly reason: string } | { readonly metricIds: readonly string[] };

/** Judges agents by what they declared. Made for one unit of work. */
export class SupportJudge {
  private readonly declarations = new Map<string, ProbeDeclaration>();

  constructor(private readonly stored: StoredProbes) {}

  /** Reads what the agents declared of their probes. */
  async load(em: EntityManager, agents: readonly Agent[]): Promise<void> {
    const ids = [...new Set(agents.flatMap(({ probes }) => probes.map(({ declaration }) => declaration)))];
    for (const declaration of await em.find(ProbeDeclaration, { id: { $in: ids } })) this.declarations.set(declaration.id, declaration);
  }

  judge(agent: Agent, target: Target, probes: readonly StoredProbe[]): Support {
    if (target.kind === TargetKind.AGENT && !addressOf(target)) return { reason: 'The target agent has no address, or is deleted.' };
    const metricIds: string[] = [];
    for (const probe of probes) {
      const verdict = this.judgeProbe(agent, probe);
      if ('reason' in verdict) return verdict;
      metricIds.push(...verdict.metricIds);
    }
    return { metricIds };
  }

  private judgeProbe(agent: Agent, stored: StoredProbe): Support {
    const own = agent.probes.find(({ name }) => name === stored.probe);
    const declaration = own && this.declarations.get(own.declaration);
    if (!own || !declaration) return { reason: `The agent has no probe "${stored.probe}".` };
    if (!own.available) return { reason: `${stored.probe}: ${own.reason ?? 'not available on this host'}` };
    const [problem] = settingsProblems(declaration, this.stored.forAgent(stored).settings, '');
    if (problem) return { reason: `The agent has ${stored.probe} ${own.version}, which does not take these settings: ${problem.message}` };
    return { metricIds: declaration.metrics.map(({ id }) => id) };
  }
}

/** The host that a target means right now: of an agent its first address. Undefined where there is none. The agent must be loaded. */
export function addressOf({ kind, host, agent }: Target): string | undefined {
  if (kind !== TargetKind.AGENT) return host ?? undefined;
  return agent && !agent.deletedAt ? agent.addresses[0] : undefined;
}
