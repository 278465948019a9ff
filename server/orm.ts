import type { AbstractSqlDriver, EntityManager as SqlEntityManager, MikroORM } from '@mikro-orm/knex';

/** The unit of work, whichever database is behind it. */
export type EntityManager = SqlEntityManager;
/** The mapper, on SQLite or PostgreSQL: only `db.ts` and what stands behind the Store know which. */
export type Orm = MikroORM<AbstractSqlDriver>;
export { raw, wrap, type FilterQuery, type QueryOrderMap } from '@mikro-orm/knex';
