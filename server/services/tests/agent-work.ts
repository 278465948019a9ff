import type { EntityManager } from '../../orm.js';
import type { Target } from '../../entities/target.js';
import { TestAssignment } from '../../entities/test-assignment.js';
import type { Test } from '../../entities/test.js';
import { AssignmentStatus, TestStatus } from '../../entities/test-enums.js';
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

/** Everything that an agent is to do right now: of the open sessions, without what it cannot run and without a single cycle that it has delivered. */
export async function workOf(em: EntityManager, agentId: string, stored: StoredProbes): Promise<Work[]> {
  const assignments = await em.find(
    TestAssignment,
    { agent: agentId, endedAt: null, status: { $ne: AssignmentStatus.UNSUPPORTED }, test: { status: TestStatus.RUNNING, deletedAt: null } },
    { populate: ['test', 'target.agent'], orderBy: { id: 'asc' } },
  );
  const due = assignments.filter(({ test, sessionResults }) => test.durationSeconds !== 0 || sessionResults === 0);
  return due.map(({ test, target, seed }) => ({
    test,
    target,
    probes: test.probes.map((probe) => stored.forAgent(probe)),
    revision: test.revision,
    seed,
  }));
}
