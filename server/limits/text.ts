import { badUserInput, type ApiError } from '../errors.js';

/** A text that no database keeps as it is: it holds NUL, or half of a surrogate pair. */
const UNSTORABLE = /[\0\p{Surrogate}]/u;
const UNSTORABLE_ALL = /[\0\p{Surrogate}]/gu;

/** In JSON and in GraphQL texts such characters come as escapes alone: what has none of these needs no closer look. */
const SUSPECT = /\\u(?:0000|\{|[dD][89a-fA-F])/;

/** Whether a JSON text may hold unstorable characters; cheap, and true too often rather than too seldom. */
export function isSuspect(json: string): boolean {
  return json.includes('\\u') && SUSPECT.test(json);
}

/** Where in a value the first unstorable text is, as in `input.name`; undefined where none is. Keys count too. */
export function findUnstorable(value: unknown, path = ''): string | undefined {
  if (typeof value === 'string') return UNSTORABLE.test(value) ? path : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, each] of Object.entries(value)) {
    if (UNSTORABLE.test(key)) return path;
    const found = findUnstorable(each, path === '' ? key : `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The value with U+FFFD for each unstorable character; keys too. */
export function withoutUnstorable(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(UNSTORABLE_ALL, '\uFFFD');
  if (Array.isArray(value)) return value.map(withoutUnstorable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [withoutUnstorable(key), withoutUnstorable(each)]));
}

/** What whoever wrote such a text is told; an empty path: it is in no field. */
export function unstorable(path: string): ApiError {
  return badUserInput({
    path,
    message: `${path === '' ? 'A text' : path} holds a NUL character or half of a surrogate pair; leave that out.`,
  });
}
