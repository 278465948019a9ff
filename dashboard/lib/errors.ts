import { ApolloError } from '@apollo/client/core';

/** What went wrong with one field of an input, by the path that the server gave: `input.name`. */
export type FieldErrors = Readonly<Record<string, string>>;

/** An error as a page can show it. */
export interface Problem {
  /** The server's `extensions.code`, or NETWORK when the server was not reached. */
  readonly code: string;
  readonly message: string;
  readonly fields: FieldErrors;
}

interface FieldProblem {
  path: string;
  message: string;
}

const isFieldProblem = (value: unknown): value is FieldProblem =>
  typeof value === 'object' &&
  value !== null &&
  'path' in value &&
  'message' in value &&
  typeof value.path === 'string' &&
  typeof value.message === 'string';

/** What a failed operation means: its code, a sentence, and the fields that are to blame. */
export function toProblem(error: unknown): Problem {
  if (!(error instanceof ApolloError))
    return { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error), fields: {} };
  const [first] = error.graphQLErrors;
  if (!first)
    return { code: 'NETWORK', message: 'The server did not answer. Check that it runs and that this browser can reach it.', fields: {} };
  const fields = first.extensions?.fields;
  return {
    code: String(first.extensions?.code ?? 'INTERNAL_SERVER_ERROR'),
    message: first.message,
    fields: Array.isArray(fields) ? Object.fromEntries(fields.filter(isFieldProblem).map((field) => [field.path, field.message])) : {},
  };
}

/** The message for a field whose path may be given with or without `input.` before it. */
export function fieldError(problem: Problem | null, path: string): string | undefined {
  return problem?.fields[path] ?? problem?.fields[`input.${path}`];
}
