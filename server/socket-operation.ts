import { GraphQLError, parse, type DocumentNode, type ExecutionArgs } from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import { unauthenticated } from './errors.js';
import { MAX_TOKENS, validateWithLimits } from './limits.js';
import { CLOSE_REVOKED, type LiveSocket } from './live-sockets.js';
import { createContext, type Core } from './operations.js';

/** Makes an operation of a socket ready to run, by the same rules as over HTTP; or says what is wrong with it. */
export async function prepareOperation(
  core: Core,
  live: LiveSocket,
  payload: SubscribePayload,
): Promise<ExecutionArgs | readonly GraphQLError[]> {
  const receivedAt = new Date();
  const document = parseDocument(payload.query);
  if (document instanceof GraphQLError) return [document];
  const problems = validateWithLimits(core.schema, document);
  if (problems.length > 0) return problems;
  const em = core.orm.em.fork();
  const identity = await core.services.authentication.identify(em, live.credential);
  if (!identity) {
    live.close(CLOSE_REVOKED, 'The credential is no longer valid');
    return [unauthenticated('The credential is no longer valid.')];
  }
  live.identity = identity;
  const contextValue = createContext(core, { em, receivedAt, identity, remoteAddress: live.remoteAddress });
  return { schema: core.schema, document, operationName: payload.operationName, variableValues: payload.variables, contextValue };
}

function parseDocument(query: string): DocumentNode | GraphQLError {
  try {
    return parse(query, { maxTokens: MAX_TOKENS });
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}
