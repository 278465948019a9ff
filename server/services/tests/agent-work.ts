import type { EntityManager, Orm } from '../../orm.js';
import { Target } from '../../entities/target.js';
import { Test } from '../../entities/test.js';
import { marks } from '../lists.js';
import type { RunSql, Store } from '../store.js';
import { together } from '../together.js';
import type { StoredProbes } from './stored-probes.js';

/** What an agent is to do for one test and target. */
export interface Work {
  readonly test: Test;
  readonly target: Target;
  /** With secrets, in plain. */
  readonly probes: readonly { readonly probe: string; readonly settings: Record<string, unknown> }[];
  readonly revision: number;
  readonly seed: string;
}

interface AssignmentRow {
  readonly agentId: string;
  readonly testId: string;
  readonly targetId: string;
  readonly seed: string;
}

// Without what the agent cannot run, without a single cycle that it has delivered, and nothing for an agent that a person disabled.
const ASSIGNMENTS = (
  agents: readonly string[],
): string => `select a.agent_id as "agentId", a.test_id as "testId", a.target_id as "targetId", a.seed
  from assignment a join test t on t.id = a.test_id join agent g on g.id = a.agent_id
  where a.agent_id in (${marks(agents)}) and g.disabled = false and a.ended_at is null and a.status <> 'UNSUPPORTED'
    and t.status = 'RUNNING' and t.deleted_at is null and (t.duration_seconds is null or t.duration_seconds <> 0 or a.session_results = 0)
  order by a.id`;

/** Everything that agents are to do right now. A change of one test sends thousands of them here at once, as does a restart of the server. */
export class AgentWork {
  /** What is committed by now, of all open sessions. */
  readonly of = together<string, readonly Work[]>((agentIds) => this.read(agentIds));

  constructor(
    private readonly orm: Orm,
    private readonly store: Store,
    private readonly stored: StoredProbes,
  ) {}

  private async read(agentIds: readonly string[]): Promise<(readonly Work[])[]> {
    const rows = await assignmentsOf(this.store.read, agentIds);
    const em = this.orm.em.fork();
    const tests = await this.testsOf(em, rows);
    const targets = await targetsOf(em, rows);
    const works = new Map<string, Work[]>(agentIds.map((id) => [id, []]));
    for (const { agentId, testId, targetId, seed } of rows) {
      const test = tests.get(testId);
      const target = targets.get(targetId);
      // Deleted between the two reads: the agent is told again.
      if (test && target) works.get(agentId)?.push({ ...test, target, seed });
    }
    return agentIds.map((id) => works.get(id) ?? []);
  }

  private async testsOf(
    em: EntityManager,
    rows: readonly AssignmentRow[],
  ): Promise<Map<string, Pick<Work, 'test' | 'probes' | 'revision'>>> {
    const ids = [...new Set(rows.map(({ testId }) => testId))];
    const tests = ids.length === 0 ? [] : await em.find(Test, { id: { $in: ids } });
    const parts = tests.map((test) => ({ test, probes: test.probes.map((probe) => this.stored.forAgent(probe)), revision: test.revision }));
    return new Map(parts.map((part) => [part.test.id, part]));
  }
}

function assignmentsOf(sql: RunSql, agentIds: readonly string[]): Promise<AssignmentRow[]> {
  const distinct = [...new Set(agentIds)];
  return sql<AssignmentRow>(ASSIGNMENTS(distinct), distinct);
}

async function targetsOf(em: EntityManager, rows: readonly AssignmentRow[]): Promise<Map<string, Target>> {
  const ids = [...new Set(rows.map(({ targetId }) => targetId))];
  const targets = ids.length === 0 ? [] : await em.find(Target, { id: { $in: ids } }, { populate: ['agent'] });
  return new Map(targets.map((target) => [target.id, target]));
}
