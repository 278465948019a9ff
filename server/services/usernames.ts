import { raw, type FilterQuery } from '@mikro-orm/core';
import type { User } from '../entities/user.js';
import { badUserInput } from '../errors.js';
import type { EntityManager } from '../orm.js';
import { sqlOf } from './store.js';

const USERNAME = /^[\p{L}\p{N}][\p{L}\p{N}._@+-]{0,63}$/u;

/** The name without blanks around it. @throws ApiError BAD_USER_INPUT for the field `path` */
export function requireGoodUsername(username: string, path: string): string {
  const trimmed = username.trim();
  if (USERNAME.test(trimmed)) return trimmed;
  throw badUserInput({ path, message: 'A user name has 1 to 64 letters, digits, or . _ @ + -, and begins with a letter or a digit.' });
}

/** What names have in common that mean the same person: no blanks around, A to Z in lower case. */
export function usernameKey(username: string): string {
  return username.trim().replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/**
 * Finds a name without regard to the case of A to Z, as the unique index of the table does. Other letters are compared as they are: SQLite's lower() leaves
 * them alone, and PostgreSQL's does so in the collation "C" only, whatever the database's own is.
 */
export function usernameIs(em: EntityManager, username: string): FilterQuery<User> {
  const collation = sqlOf(em).dialect.kind === 'postgres' ? ' collate "C"' : '';
  return { [raw((alias) => `lower(${alias}.username${collation})`)]: usernameKey(username) };
}
