import type { EntityManager } from '../../orm.js';
import type { AgentProbe } from '../../entities/agent.js';
import { ProbeDeclaration } from '../../entities/probe-declaration.js';
import type { Target } from '../../entities/target.js';
import type { StoredProbe } from '../../entities/test.js';
import { TargetKind } from '../../entities/test-enums.js';
import type { Abilities } from './abilities.js';
import { settingsProblems } from './settings-check.js';
import type { StoredProbes } from './stored-probes.js';

/** Whether an agent can run a test's probes: why not, or the metrics that it will report. */
export type Support = { readonly reason: string } | { readonly metricIds: readonly string[] };

const NO_ADDRESS: Support = { reason: 'The target agent has no address, or is deleted.' };

/** Judges agents by what they declared, for one test. Made for one unit of work. */
export class SupportJudge {
  private readonly declarations = new Map<string, ProbeDeclaration>();
  /** Agents that declared the same share the list, and the verdict. */
  private readonly verdicts = new Map<readonly AgentProbe[], Support>();

  constructor(
    private readonly stored: StoredProbes,
    private readonly probes: readonly StoredProbe[],
  ) {}

  /** Reads what the agents declared of their probes. */
  async load(em: EntityManager, agents: readonly Abilities[]): Promise<void> {
    const lists = [...new Set(agents.map(({ probes }) => probes))];
    const ids = [...new Set(lists.flatMap((probes) => probes.map(({ declaration }) => declaration)))];
    for (const declaration of await em.find(ProbeDeclaration, { id: { $in: ids } })) this.declarations.set(declaration.id, declaration);
  }

  judge(agent: Abilities, target: Target): Support {
    if (target.kind === TargetKind.AGENT && !addressOf(target)) return NO_ADDRESS;
    const verdict = this.verdicts.get(agent.probes) ?? this.judgeProbes(agent.probes);
    this.verdicts.set(agent.probes, verdict);
    return verdict;
  }

  private judgeProbes(own: readonly AgentProbe[]): Support {
    const metricIds: string[] = [];
    for (const probe of this.probes) {
      const verdict = this.judgeProbe(own, probe);
      if ('reason' in verdict) return verdict;
      metricIds.push(...verdict.metricIds);
    }
    return { metricIds };
  }

  private judgeProbe(probes: readonly AgentProbe[], stored: StoredProbe): Support {
    const own = probes.find(({ name }) => name === stored.probe);
    const declaration = own && this.declarations.get(own.declaration);
    if (!own || !declaration) return { reason: `The agent has no probe "${stored.probe}".` };
    if (!own.available) return { reason: `${stored.probe}: ${own.reason ?? 'not available on this host'}` };
    const rules = { name: own.name, accepted: [declaration.settingsSchema] as const };
    const [problem] = settingsProblems(rules, this.stored.forAgent(stored).settings, '');
    if (problem) return { reason: `The agent has ${stored.probe} ${own.version}, which does not take these settings: ${problem.message}` };
    return { metricIds: declaration.metrics.map(({ id }) => id) };
  }
}

/** The host that a target means right now: of an agent its first address. Undefined where there is none. The agent must be loaded. */
export function addressOf({ kind, host, agent }: Target): string | undefined {
  if (kind !== TargetKind.AGENT) return host ?? undefined;
  return agent && !agent.deletedAt ? agent.addresses[0] : undefined;
}
