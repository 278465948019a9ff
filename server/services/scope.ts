import { Agent } from '../entities/agent.js';
import { Target } from '../entities/target.js';
import { TestAssignment } from '../entities/test-assignment.js';
import { Test } from '../entities/test.js';
import { badUserInput, notFound } from '../errors.js';
import type { EntityManager } from '../orm.js';

/** What a question is about; what is left out is not limited. */
export interface Scope {
  readonly testId?: string | null;
  readonly agentId?: string | null;
  readonly targetId?: string | null;
}

/** Makes sure that what is asked about is there, and that its parts belong together. @throws ApiError NOT_FOUND */
export async function requireScope(em: EntityManager, { testId, agentId, targetId }: Scope): Promise<void> {
  if (testId && !(await em.count(Test, { id: testId, deletedAt: null }))) throw notFound('test');
  if (agentId && !(await em.count(Agent, { id: agentId }))) throw notFound('agent');
  if (targetId && !(await em.count(Target, { id: targetId }))) throw notFound('target');
  if (!testId || (!agentId && !targetId)) return;
  const pair = { ...(agentId ? { agent: agentId } : {}), ...(targetId ? { target: targetId } : {}) };
  if (!(await em.count(TestAssignment, { test: testId, ...pair }))) throw notFound('agent and target in this test');
}

/** Makes sure that a stretch of time is one, where both of its ends are given. @throws ApiError BAD_USER_INPUT */
export function requireRange(from: Date | null | undefined, to: Date | null | undefined, path = 'from'): void {
  if (from && to && from >= to) throw badUserInput({ path, message: 'from must be before to.' });
}
