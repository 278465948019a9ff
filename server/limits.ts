import { ApolloArmor } from '@escape.tech/graphql-armor';
import {
  type GraphQLError,
  specifiedRules,
  validate,
  type DocumentNode,
  type GraphQLSchema,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';
import { ApiError } from './errors.js';

/** Tokens of a document; a batch of results is in the variables, which do not count. */
export const MAX_TOKENS = 4000;
/** Bytes of a request's body or of a WebSocket message: a batch of results fits easily. */
export const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;

const TOO_COMPLEX = {
  propagateOnRejection: false,
  onReject: [
    (context: ValidationContext | null, error: GraphQLError) => context?.reportError(new ApiError('QUERY_TOO_COMPLEX', error.message)),
  ],
};

/** The rules that keep one query from costing too much: depth, aliases, directives, cost. */
export const LIMIT_RULES: readonly ValidationRule[] = new ApolloArmor({
  maxDepth: { n: 12, ...TOO_COMPLEX },
  maxAliases: { n: 30, ...TOO_COMPLEX },
  maxDirectives: { n: 50, ...TOO_COMPLEX },
  // The factor compounds with every level: at 1.5 an ordinary test -> assignments -> last result -> metrics would cost over a million.
  costLimit: { maxCost: 20_000, objectCost: 2, scalarCost: 1, depthCostFactor: 1.05, ...TOO_COMPLEX },
  maxTokens: { enabled: false },
  blockFieldSuggestion: { enabled: false },
}).protect().validationRules;

/** Validates a document as HTTP requests are: the rules of the specification, then the limits. */
export function validateWithLimits(schema: GraphQLSchema, document: DocumentNode): readonly GraphQLError[] {
  return validate(schema, document, [...specifiedRules, ...LIMIT_RULES]);
}
