import { randomBytes } from 'node:crypto';
import type { EntityManager } from '../../orm.js';
import { Agent } from '../../entities/agent.js';
import { Target } from '../../entities/target.js';
import { TestAssignment } from '../../entities/test-assignment.js';
import type { Test } from '../../entities/test.js';
import { AssignmentStatus, TargetKind, Topology } from '../../entities/test-enums.js';
import type { MetricSets } from '../results/intern.js';
import { sqlOf } from '../store.js';
import { agentTarget } from '../targets.js';
import type { StoredProbes } from './stored-probes.js';
import { SupportJudge } from './support.js';
import { internTargets } from './target-rows.js';

/** Makes a test's assignments what its definition says. */
export class Assigner {
  constructor(
    private readonly stored: StoredProbes,
    private readonly metricSets: MetricSets,
  ) {}

  /** Adds, revives and ends assignments, and judges again whether their agents can run them. Must run in a transaction. Returns the agents concerned. */
  async reconcile(em: EntityManager, test: Test): Promise<Set<string>> {
    const agents = await em.find(Agent, { id: { $in: test.agentIds }, deletedAt: null });
    const targets = await em.find(Target, { id: { $in: test.targetIds } }, { populate: ['agent'] });
    const wanted = await this.pairs(em, test, agents, targets);
    const existing = await em.find(TestAssignment, { test });
    const judge = new SupportJudge(this.stored);
    await judge.load(em, agents);
    const concerned = new Set(existing.filter(({ endedAt }) => endedAt === null).map(({ agent }) => agent.id));
    const kept = new Set<TestAssignment>();
    for (const { agent, target } of wanted) {
      const assignment =
        existing.find((each) => each.agent.id === agent.id && each.target.id === target.id) ?? newAssignment(em, test, agent, target);
      kept.add(assignment);
      concerned.add(agent.id);
      await this.settle(em, assignment, judge.judge(agent, target, test.probes));
    }
    for (const assignment of existing) if (!kept.has(assignment)) assignment.endedAt ??= new Date();
    await em.flush();
    return concerned;
  }

  private async settle(em: EntityManager, assignment: TestAssignment, support: ReturnType<SupportJudge['judge']>): Promise<void> {
    assignment.endedAt = null;
    if ('reason' in support) {
      assignment.status = AssignmentStatus.UNSUPPORTED;
      assignment.reason = support.reason;
      return;
    }
    if (assignment.status === AssignmentStatus.UNSUPPORTED) {
      assignment.status = AssignmentStatus.ASSIGNED;
      assignment.reason = null;
    }
    await em.flush();
    const sql = sqlOf(em);
    const { id } = await this.metricSets.intern(sql, support.metricIds);
    assignment.metricSet = id;
    await sql('insert into assignment_metric_set (assignment, metric_set) values (?, ?) on conflict do nothing', [assignment.id, id]);
  }

  private async pairs(em: EntityManager, test: Test, agents: Agent[], targets: Target[]): Promise<{ agent: Agent; target: Target }[]> {
    const each = agents.flatMap((agent) => targets.map((target) => ({ agent, target })));
    if (test.topology === Topology.EACH_TO_TARGETS) return each;
    const others = await internTargets(
      em,
      agents.map(({ id }) => agentTarget(id)),
    );
    const mesh = agents.flatMap((agent) => others.map((target) => ({ agent, target })));
    return [...each, ...mesh].filter(({ agent, target }) => target.kind !== TargetKind.AGENT || target.agent?.id !== agent.id);
  }
}

function newAssignment(em: EntityManager, test: Test, agent: Agent, target: Target): TestAssignment {
  const assignment = new TestAssignment();
  Object.assign(assignment, { test, agent, target, seed: randomBytes(16).toString('hex') });
  em.persist(assignment);
  return assignment;
}
