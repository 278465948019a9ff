import type { EntityManager } from '../../orm.js';
import { Target } from '../../entities/target.js';
import type { Test } from '../../entities/test.js';
import { TargetKind, Topology } from '../../entities/test-enums.js';
import type { MetricSets } from '../results/intern.js';
import { sqlOf, type RunSql } from '../store.js';
import { agentTarget } from '../targets.js';
import { abilitiesOf, type Abilities } from './abilities.js';
import { addAssignments, assignmentsOf, changeAssignments, endAssignments, wantedState, type Wanted } from './assignment-rows.js';
import type { StoredProbes } from './stored-probes.js';
import { SupportJudge, type Support } from './support.js';
import { internTargets } from './target-rows.js';

// Some of a test's assignments have had this set: late results of an older one still fit theirs.
const REMEMBER_SETS = `insert into assignment_metric_set (assignment, metric_set)
  select id, metric_set from assignment where test_id = ? and ended_at is null and metric_set is not null
  on conflict do nothing`;

/** Makes a test's assignments what its definition says. */
export class Assigner {
  constructor(
    private readonly stored: StoredProbes,
    private readonly metricSets: MetricSets,
  ) {}

  /**
   * Adds, revives and ends assignments, and judges again whether their agents can run them. Must run in a transaction. Returns the agents concerned.
   * Only what differs is written: for thousands of agents the statements stay few.
   */
  async reconcile(em: EntityManager, test: Test): Promise<Set<string>> {
    await em.flush();
    const sql = sqlOf(em);
    const agents = await abilitiesOf(sql, test.agentIds);
    const wanted = await this.wanted(em, test, agents);
    const existing = await assignmentsOf(sql, test.id);
    const concerned = new Set([...existing.filter(({ ended }) => ended === 0), ...wanted].map(({ agentId }) => agentId));
    await addAssignments(em, test, wanted, existing);
    await changeAssignments(em, wanted, existing);
    await endAssignments(em, wanted, existing);
    await sql(REMEMBER_SETS, [test.id]);
    return concerned;
  }

  private async wanted(em: EntityManager, test: Test, agents: readonly Abilities[]): Promise<Wanted[]> {
    const found = await em.find(Target, { id: { $in: test.targetIds } }, { populate: ['agent'] });
    const targets = inOrder(found, test.targetIds);
    const judge = new SupportJudge(this.stored, test.probes);
    await judge.load(em, agents);
    const metricSetOf = this.interning(sqlOf(em));
    const wanted: Wanted[] = [];
    for (const { agent, target } of await this.pairs(em, test, agents, targets)) {
      const support = judge.judge(agent, target);
      wanted.push({ agentId: agent.id, targetId: target.id, ...wantedState(support, await metricSetOf(support)) });
    }
    return wanted;
  }

  /** The metric set of a verdict; undefined where the agent cannot run the probes. Agents that declared the same share the verdict. */
  private interning(sql: RunSql): (support: Support) => Promise<number | undefined> {
    const known = new Map<Support, number>();
    return async (support) => {
      if ('reason' in support) return undefined;
      const id = known.get(support) ?? (await this.metricSets.intern(sql, support.metricIds)).id;
      known.set(support, id);
      return id;
    };
  }

  private async pairs(
    em: EntityManager,
    test: Test,
    agents: readonly Abilities[],
    targets: readonly Target[],
  ): Promise<{ agent: Abilities; target: Target }[]> {
    const each = agents.flatMap((agent) => targets.map((target) => ({ agent, target })));
    if (test.topology === Topology.EACH_TO_TARGETS) return each;
    const others = await internTargets(
      em,
      agents.map(({ id }) => agentTarget(id)),
    );
    await em.flush();
    const mesh = agents.flatMap((agent) => others.map((target) => ({ agent, target })));
    return [...each, ...mesh].filter(({ agent, target }) => target.kind !== TargetKind.AGENT || target.agent?.id !== agent.id);
  }
}

/** As the test names them: databases give rows in any order. */
function inOrder<T extends { readonly id: string }>(rows: readonly T[], ids: readonly string[]): T[] {
  const places = new Map(ids.map((id, place) => [id, place]));
  return [...rows].sort((one, other) => (places.get(one.id) ?? 0) - (places.get(other.id) ?? 0));
}
