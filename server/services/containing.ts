import { raw, type FilterQuery } from '../orm.js';

/** Finds what has a text in one of its columns, without regard to case. LIKE without ESCAPE: a wildcard that was typed matches any one character, itself too. */
export function containing<T>(columns: readonly string[], text: string): FilterQuery<T> {
  const like = `%${text.replace(/[\\%_]/g, '_')}%`;
  // Both sides by the database: what it takes for the same letter in the other case is its own affair.
  const conditions = columns.map((column) => ({ [raw((alias) => `lower(${alias}.${column})`)]: { $like: raw('lower(?)', [like]) } }));
  return { $or: conditions } as unknown as FilterQuery<T>; // the keys are made above, which the type cannot see
}
