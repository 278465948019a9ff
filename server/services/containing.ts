import type { EntityManager, FilterQuery } from '../orm.js';
import { dialectOf } from './store/dialect.js';

/**
 * Finds what has a text in one of its columns, without regard to case as the database knows it. LIKE without ESCAPE: a wildcard that was typed
 * matches any one character, itself too.
 */
export function containing<T>(em: EntityManager, columns: readonly (keyof T & string)[], text: string): FilterQuery<T> {
  const like = `%${text.replace(/[\\%_]/g, '_')}%`;
  // SQLite's LIKE has no regard to case anyway.
  const operator = dialectOf(em).kind === 'postgres' ? '$ilike' : '$like';
  return { $or: columns.map((column) => ({ [column]: { [operator]: like } })) } as FilterQuery<T>;
}
