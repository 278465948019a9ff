import { LockMode } from '@mikro-orm/core';
import { Test } from '../../entities/test.js';
import type { EntityManager } from '../../orm.js';

/**
 * The test with this id as it is now, which nobody else changes until the transaction ends; null where it was deleted. Whoever reads a test to change it
 * reads it so: two edits, or the clocks of several processes, follow one another.
 */
export function lockedTest(em: EntityManager, id: string): Promise<Test | null> {
  return em.findOne(Test, { id, deletedAt: null }, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true });
}
