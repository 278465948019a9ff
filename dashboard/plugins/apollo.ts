import { ApolloClient, ApolloLink, from, HttpLink, InMemoryCache, split } from '@apollo/client/core';
import { onError } from '@apollo/client/link/error';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { getMainDefinition } from '@apollo/client/utilities';
import { createClient } from 'graphql-ws';
import { connectionClosed, connectionOpened, connectionStarted } from '../composables/useConnection.js';
import { isAttended } from '../composables/useAttention.js';
import { sessionEnded } from '../composables/useSession.js';
import { retriedQueries } from './retry.js';

/** The composables use what client 4 will take away; the versions are pinned, so its warnings would only hide real ones. */
Object.assign(globalThis, { [Symbol.for('apollo.deprecations')]: true });

/**
 * The server closes a socket with this when the credential is missing or wrong. One that was revoked (4401) may have a successor: after a change of
 * the password the cookie has a new secret, so it is tried again, and this code comes where the session has really ended.
 */
const NO_CREDENTIAL = [4403];
const LONGEST_WAIT_MS = 10_000;

/** One socket for all subscriptions; it comes back by itself, ever more slowly, and never gives up. */
const socket = createClient({
  url: `${location.origin.replace(/^http/, 'ws')}/graphql`,
  retryAttempts: Infinity,
  shouldRetry: (event) => !(event instanceof CloseEvent && NO_CREDENTIAL.includes(event.code)),
  retryWait: (attempt) =>
    new Promise((resolve) => setTimeout(resolve, Math.min(500 * 2 ** attempt, LONGEST_WAIT_MS) * (0.75 + Math.random() / 2))),
  keepAlive: 10_000,
  on: {
    connecting: connectionStarted,
    connected: connectionOpened,
    closed: (event) => {
      if (event instanceof CloseEvent && NO_CREDENTIAL.includes(event.code)) sessionEnded();
      else connectionClosed(event instanceof CloseEvent && event.wasClean);
    },
  },
});

/** Here UNAUTHENTICATED says that the password is wrong, and nothing of the session. */
const PASSWORD_ASKED = ['Login', 'ChangePassword'];

const ended = onError(({ graphQLErrors, operation }) => {
  const refused = graphQLErrors?.some((error) => error.extensions?.code === 'UNAUTHENTICATED');
  if (refused && !PASSWORD_ASKED.includes(operation.operationName)) sessionEnded();
});

interface Asking {
  readonly headers?: Readonly<Record<string, string>>;
}

/** Much is asked without anybody there: by the clock, and for what a subscription told. The server is told so, for it shall not keep a session that is idle. */
const attention = new ApolloLink((operation, forward) => {
  if (!isAttended()) operation.setContext(({ headers }: Asking) => ({ headers: { ...headers, 'x-streamswarm-unattended': '1' } }));
  return forward(operation);
});

const isSubscription = (document: Parameters<typeof getMainDefinition>[0]): boolean => {
  const definition = getMainDefinition(document);
  return definition.kind === 'OperationDefinition' && definition.operation === 'subscription';
};

const http = new HttpLink({ uri: '/graphql', credentials: 'same-origin' });

/** Queries and mutations go over HTTP with the session's cookie, subscriptions over the socket. */
export const client = new ApolloClient({
  link: from([ended, attention, split(({ query }) => isSubscription(query), new GraphQLWsLink(socket), from([retriedQueries(), http]))]),
  cache: new InMemoryCache(),
  defaultOptions: { watchQuery: { fetchPolicy: 'cache-and-network' } },
});

/** Closes the socket, so that the next subscription opens one with the new session's cookie. */
export function resetSocket(): void {
  socket.terminate();
}
