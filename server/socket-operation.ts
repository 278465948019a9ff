import type { ExecutionArgs, GraphQLError } from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import type { Context } from './context.js';
import type { Documents } from './documents.js';
import { unauthenticated } from './errors.js';
import type { Identity } from './identity.js';
import { CLOSE_REVOKED, type LiveSocket } from './live-sockets.js';
import { createContext, type Core } from './operations.js';

/** Makes an operation of a socket ready to run, by the same rules as over HTTP; or says what is wrong with it. */
export async function prepareOperation(
  core: Core,
  documents: Documents,
  live: LiveSocket,
  payload: SubscribePayload,
): Promise<ExecutionArgs | readonly GraphQLError[]> {
  const receivedAt = new Date();
  const document = documents.read(payload.query);
  if (!('kind' in document)) return document;
  const em = core.orm.em.fork();
  const identity = await currentIdentity(core, em, live);
  if (!identity) {
    live.close(CLOSE_REVOKED, 'The credential is no longer valid');
    return [unauthenticated('The credential is no longer valid.')];
  }
  live.identity = identity;
  const contextValue = createContext(core, { em, receivedAt, identity, remoteAddress: live.remoteAddress });
  return { schema: core.schema, document, operationName: payload.operationName, variableValues: payload.variables, contextValue };
}

/** Agents report all the time: theirs is the identity that the regular check of sockets keeps true. Everybody else is looked up. */
async function currentIdentity(core: Core, em: Context['em'], live: LiveSocket): Promise<Identity | null> {
  return live.identity.kind === 'agent' ? live.identity : core.services.authentication.identify(em, live.credential);
}
