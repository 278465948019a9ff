import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '../../orm.js';
import { Test } from '../../entities/test.js';
import { TestStatus } from '../../entities/test-enums.js';
import { slices } from '../lists.js';
import type { Assigner } from './assign.js';
import { rememberInterval } from './intervals.js';
import { openSession } from './lifecycle.js';

/** Makes a test of its own for one session of a test whose schedule says NEW_TEST, and opens it. Must run in a transaction. */
export async function openChild(em: EntityManager, assigner: Assigner, parent: Test, now: Date): Promise<Test> {
  const { description, topology, targetIds, agentIds, probes, intervalSeconds, durationSeconds, timezone, createdBy } = parent;
  const child = new Test();
  const definition = { description, topology, targetIds, agentIds, probes, intervalSeconds, durationSeconds, timezone, createdBy };
  Object.assign(child, { ...definition, parent, name: `${parent.name} ${now.toISOString()}`, status: TestStatus.DRAFT });
  em.persist(child);
  await em.flush();
  await rememberInterval(em, child, now);
  await assigner.reconcile(em, child);
  await openSession(em, child, now);
  return child;
}

/** The sessions of such a test that are open, each a test of its own: locked, so that they can be changed with it. Must run in a transaction. */
export function openChildren(em: EntityManager, parent: Test): Promise<Test[]> {
  const open = { parent, deletedAt: null, status: { $in: [TestStatus.RUNNING, TestStatus.PAUSED] } };
  return em.find(Test, open, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true, orderBy: { id: 'asc' } });
}

/**
 * These tests with all that were made for sessions of theirs, those before these: locked, so that no further session opens meanwhile. Without those that
 * are deleted. Must run in a transaction.
 */
export async function withDescendants(em: EntityManager, ids: readonly string[]): Promise<Test[]> {
  const found = new Map<string, Test>();
  let generation = await lockedTests(em, 'id', [...new Set(ids)]);
  while (generation.length > 0) {
    for (const test of generation) found.set(test.id, test);
    const children = await lockedTests(em, 'parent', generation.map(({ id }) => id)); // prettier-ignore
    generation = children.filter(({ id }) => !found.has(id));
  }
  return [...found.values()];
}

async function lockedTests(em: EntityManager, key: 'id' | 'parent', ids: readonly string[]): Promise<Test[]> {
  const found: Test[] = [];
  for (const slice of slices([...ids].sort())) {
    const options = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true, orderBy: { id: 'asc' } } as const;
    found.push(...(await em.find(Test, { [key]: { $in: slice }, deletedAt: null }, options)));
  }
  return found;
}
