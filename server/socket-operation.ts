import { getOperationAST, GraphQLError, type ExecutionArgs } from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import type { Documents } from './documents.js';
import { ApiError, rateLimited, unauthenticated } from './errors.js';
import type { Identity } from './identity.js';
import { admit } from './limits/admission.js';
import { CLOSE_REVOKED, type LiveSocket } from './live-sockets.js';
import { createContext, type Core } from './operations.js';

/** Makes an operation of a socket ready, as `ready` says, and counts one that is refused. */
export async function prepareOperation(...operation: Parameters<typeof ready>): Promise<ExecutionArgs | readonly GraphQLError[]> {
  const prepared = await ready(...operation);
  if ('document' in prepared) return prepared;
  const [core] = operation;
  if (prepared[0]) core.telemetry.refused('socket', prepared[0]);
  return prepared;
}

/** Makes an operation of a socket ready to run, by the same rules as over HTTP; or says what is wrong with it. `open`: operations of the socket under way, this one too. */
async function ready(
  core: Core,
  documents: Documents,
  live: LiveSocket,
  payload: SubscribePayload,
  open: number,
): Promise<ExecutionArgs | readonly GraphQLError[]> {
  const receivedAt = new Date();
  try {
    requireRoom(core, open);
    await countMessage(core, live);
    const document = documents.read(payload.query);
    if (!('kind' in document)) return document;
    // A subscription begins by itself when a page comes back.
    const isUse = getOperationAST(document, payload.operationName)?.operation !== 'subscription';
    const identity = await currentIdentity(core, live, isUse);
    live.identity = identity;
    const admitted = admit(core, identity, { ...payload, document, message: payload });
    const { remoteAddress, hasGone: clientHasGone } = live;
    const contextValue = createContext(core, { receivedAt, identity, remoteAddress, clientHasGone });
    return { ...documents.ready.executable({ document, ...admitted }), operationName: payload.operationName, contextValue };
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    throw error;
  }
}

/** Counts a message of a socket. @throws ApiError RATE_LIMITED; until its time is over no large message of this socket is read any more */
export async function countMessage(core: Core, live: LiveSocket): Promise<void> {
  try {
    await core.services.rates.count(live.identity, live.remoteAddress);
  } catch (error) {
    const seconds = error instanceof ApiError ? error.extensions.retryAfterSeconds : undefined;
    if (typeof seconds === 'number') live.limitedUntil = performance.now() + seconds * 1000;
    throw error;
  }
}

function requireRoom(core: Core, open: number): void {
  if (open > core.services.settings.get('limits.subscriptionsPerConnection')) throw rateLimited(1);
}

/**
 * Agents report all the time: theirs is the identity that the regular check of sockets keeps true. Everybody else is looked up.
 *
 * @throws ApiError UNAUTHENTICATED where the credential is no longer valid; the socket is closed then
 */
async function currentIdentity(core: Core, live: LiveSocket, isUse: boolean): Promise<Identity> {
  if (live.identity.kind === 'agent') return live.identity;
  const identity = await core.services.authentication.identify(core.orm.em.fork(), live.credential, isUse);
  if (identity) return identity;
  live.close(CLOSE_REVOKED, 'The credential is no longer valid');
  throw unauthenticated('The credential is no longer valid.');
}
