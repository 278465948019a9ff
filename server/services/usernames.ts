import { raw, type FilterQuery } from '@mikro-orm/core';
import type { User } from '../entities/user.js';
import { badUserInput } from '../errors.js';

const USERNAME = /^[\p{L}\p{N}][\p{L}\p{N}._@+-]{0,63}$/u;

/** The name without blanks around it. @throws ApiError BAD_USER_INPUT for the field `path` */
export function requireGoodUsername(username: string, path: string): string {
  const trimmed = username.trim();
  if (USERNAME.test(trimmed)) return trimmed;
  throw badUserInput({ path, message: 'A user name has 1 to 64 letters, digits, or . _ @ + -, and begins with a letter or a digit.' });
}

/** Finds a name without regard to case, as the unique index of the table does. */
export function usernameIs(username: string): FilterQuery<User> {
  return { [raw((alias) => `lower(${alias}.username)`)]: asciiLower(username.trim()) };
}

// SQLite's lower() knows ASCII only: what the index compares must be compared here too.
function asciiLower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
