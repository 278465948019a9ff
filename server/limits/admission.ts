import { getOperationAST, GraphQLError, type DocumentNode, type OperationDefinitionNode } from 'graphql';
import { ApiError, badUserInput } from '../errors.js';
import type { Identity } from '../identity.js';
import type { Core } from '../operations.js';
import { complexityOf, type Measured } from './complexity.js';
import { asksForSchema, hasUnstorableText } from './document-shape.js';
import { mayBeUnstorable } from './json.js';
import { findUnstorable, unstorable, withoutUnstorable } from './text.js';

/** A valid document that somebody wants to run, whichever transport it came by. */
export interface Wanted {
  /** The message as it was parsed: what has `query` and `variables`. */
  readonly message: object;
  readonly document: DocumentNode;
  readonly operationName?: string | null;
  readonly variables?: Readonly<Record<string, unknown>> | null;
}

/** An operation that may run, with the variables to run it with. */
export interface Admitted {
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

/**
 * What both transports ask of a valid document before it runs: an operation of that name, no question about a hidden schema,
 * texts that a database can keep, and an answer that is not too large.
 *
 * @throws ApiError BAD_USER_INPUT, QUERY_TOO_COMPLEX; GRAPHQL_VALIDATION_FAILED comes as a GraphQLError
 */
export function admit(core: Core, identity: Identity, wanted: Wanted): Admitted {
  const { document, operationName } = wanted;
  const operation = getOperationAST(document, operationName);
  if (!operation) throw unknownOperation(operationName);
  if (!core.services.settings.get('api.introspection') && asksForSchema(document)) {
    throw new GraphQLError('This server does not tell its schema: the setting api.introspection is off.', {
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
    });
  }
  const variables = storableVariables(identity, wanted);
  requireModest(core, { document, operation, variables });
  return { operation, variables };
}

function unknownOperation(name: string | null | undefined): ApiError {
  const message = name ? `The document has no operation "${name}".` : 'Say by operationName which operation of the document is meant.';
  return badUserInput({ path: 'operationName', message });
}

/** Of an agent such characters are replaced: what a probe saw on the wire must not hold up the results beside it. Others are told. */
function storableVariables(identity: Identity, { message, document, variables }: Wanted): Readonly<Record<string, unknown>> {
  const given = variables ?? {};
  if (!mayBeUnstorable(message)) return given;
  if (hasUnstorableText(document)) throw unstorable('');
  if (identity.kind === 'agent') return withoutUnstorable(given) as Record<string, unknown>;
  const path = findUnstorable(given);
  if (path !== undefined) throw unstorable(path);
  return given;
}

function requireModest(core: Core, measured: Measured): void {
  const most = core.services.settings.get('limits.complexity');
  const complexity = complexityOf(core.schema, measured);
  if (complexity === undefined || complexity <= most) return;
  throw new ApiError(
    'QUERY_TOO_COMPLEX',
    `The answer may have ${complexity === Infinity ? 'endlessly many' : complexity} values; ${most} are allowed. Ask for shorter pages, or for less in each.`,
  );
}
