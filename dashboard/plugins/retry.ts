import type { Operation } from '@apollo/client/core';
import { RetryLink } from '@apollo/client/link/retry';
import { getMainDefinition } from '@apollo/client/utilities';

/** What a server that closes, or a load balancer without a server, answers. */
const UNAVAILABLE: ReadonlySet<unknown> = new Set([502, 503, 504]);
/** The first time included. */
const MOST_TRIES = 4;
/** A server that restarts is back, or another one is found, within a few seconds. */
const WAIT_MS = { initial: 300, max: 3000, jitter: true };

/**
 * Asks a query again, a few times, where the server is not available or the connection broke. Mutations are never sent again: one whose answer was lost may have been
 * done.
 */
export function retriedQueries(): RetryLink {
  return new RetryLink({ delay: WAIT_MS, attempts: { max: MOST_TRIES, retryIf } });
}

function retryIf(error: unknown, { query }: Operation): boolean {
  const definition = getMainDefinition(query);
  if (definition.kind !== 'OperationDefinition' || definition.operation !== 'query') return false;
  // Browsers tell of a connection that broke by a TypeError, and of no more.
  return error instanceof TypeError || UNAVAILABLE.has((error as { readonly statusCode?: unknown } | null)?.statusCode);
}
