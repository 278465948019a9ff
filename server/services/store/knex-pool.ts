import type { Knex } from '@mikro-orm/knex';
import type { PoolUse } from './store.js';

/** What of knex's pool is not in its types. */
interface Pool {
  readonly max: number;
  numUsed(): number;
  numPendingAcquires(): number;
}

/** How much of knex's pool is in use. */
export function useOfKnex({ client }: Knex): PoolUse {
  const { pool } = client as { pool: Pool };
  return { most: pool.max, used: pool.numUsed(), waiting: pool.numPendingAcquires() };
}
