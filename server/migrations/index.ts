import type { MigrationObject } from '@mikro-orm/core';
import { POSTGRES_MIGRATIONS } from './postgres/index.js';
import { SQLITE_MIGRATIONS } from './sqlite/index.js';

/** Every migration of each database, oldest first, under the same names. One that was released is never changed. */
export const MIGRATIONS: Readonly<Record<'sqlite' | 'postgres', readonly MigrationObject[]>> = {
  sqlite: SQLITE_MIGRATIONS,
  postgres: POSTGRES_MIGRATIONS,
};
