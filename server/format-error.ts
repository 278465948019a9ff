import { randomUUID } from 'node:crypto';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import { ApiError } from './errors.js';
import type { Core } from './operations.js';

/** An invalid value stands in graphql-js's message as it came, and may be megabytes long. */
const LONGEST_MESSAGE = 1000;

/** Codes that Apollo and graphql-js themselves give, and what they are in the contract. */
const CODES: Readonly<Record<string, string>> = {
  GRAPHQL_PARSE_FAILED: 'GRAPHQL_PARSE_FAILED',
  GRAPHQL_VALIDATION_FAILED: 'GRAPHQL_VALIDATION_FAILED',
  BAD_USER_INPUT: 'BAD_USER_INPUT',
  BAD_REQUEST: 'BAD_USER_INPUT',
  OPERATION_RESOLUTION_FAILURE: 'BAD_USER_INPUT',
};

/** Presents errors by the settings as they are: field names that were meant are hidden together with the schema. */
export function presenter({ services, log }: Pick<Core, 'services' | 'log'>): (error: GraphQLError) => GraphQLFormattedError {
  return (error) => {
    const presented = presentError(error, log);
    return services.settings.get('api.introspection') ? presented : { ...presented, message: withoutSuggestion(presented.message) };
  };
}

function withoutSuggestion(message: string): string {
  return message.replace(/ Did you mean [^?]*\?/g, '');
}

/**
 * What a client sees of an error, over HTTP and WebSocket alike: always with extensions.code of the contract.
 * What nobody foresaw becomes INTERNAL_SERVER_ERROR with an id that finds the log line, and nothing else of it.
 */
export function presentError(error: GraphQLError, log: Logger): GraphQLFormattedError {
  const place = { locations: error.locations, path: error.path };
  const cause = rootCause(error);
  if (cause instanceof ApiError) return { message: cause.message, ...place, extensions: { ...cause.extensions } };
  if (cause === error || cause instanceof GraphQLError) return presentGraphQLError(cause, error, log);
  return presentBug(cause, error, log);
}

function rootCause(error: GraphQLError): unknown {
  let cause: unknown = error;
  while (cause instanceof GraphQLError && cause.originalError) cause = cause.originalError;
  return cause;
}

/** The code of the contract that an error is presented with. */
export function codeOf(error: GraphQLError): string {
  const cause = rootCause(error);
  if (cause instanceof ApiError) return cause.code;
  return (cause instanceof GraphQLError ? codeOfGraphQL(error) : undefined) ?? 'INTERNAL_SERVER_ERROR';
}

/** Undefined where a resolver broke its type. */
function codeOfGraphQL(error: GraphQLError): string | undefined {
  const given = error.extensions.code;
  if (typeof given === 'string') return CODES[given];
  return error.path === undefined ? inferCode(error) : undefined;
}

/** An error of graphql-js itself: the document or the variables are wrong, or a resolver broke its type. */
function presentGraphQLError(cause: unknown, error: GraphQLError, log: Logger): GraphQLFormattedError {
  const code = codeOfGraphQL(error);
  if (code === undefined) return presentBug(cause, error, log);
  const message = shortened(error.message);
  const fields = code === 'BAD_USER_INPUT' ? { fields: [{ path: variableOf(error), message }] } : {};
  return { message, locations: error.locations, path: error.path, extensions: { code, ...fields } };
}

function shortened(message: string): string {
  return message.length <= LONGEST_MESSAGE ? message : `${message.slice(0, LONGEST_MESSAGE)}…`;
}

function inferCode(error: GraphQLError): string {
  if (error.message.startsWith('Syntax Error')) return 'GRAPHQL_PARSE_FAILED';
  return error.message.startsWith('Variable "$') ? 'BAD_USER_INPUT' : 'GRAPHQL_VALIDATION_FAILED';
}

/** graphql-js names the variable and the place in it in its message only: `Variable "$input" got invalid value 1 at "input.name"; …`. */
function variableOf({ message }: GraphQLError): string {
  return / at "([^"]+)";/.exec(message)?.[1] ?? /^Variable "\$([^"]+)"/.exec(message)?.[1] ?? '';
}

function presentBug(cause: unknown, error: GraphQLError, log: Logger): GraphQLFormattedError {
  const id = randomUUID();
  log.error({ err: cause, errorId: id, path: error.path }, 'unexpected error');
  const message = `Something went wrong inside the server. Its log says more under the id ${id}.`;
  return { message, locations: error.locations, path: error.path, extensions: { code: 'INTERNAL_SERVER_ERROR', id } };
}
