import { createPubSub, type PubSub } from '@graphql-yoga/subscription';

/** Which credential stopped being valid, so that sockets that live by it can be closed. */
export type CredentialRef =
  | { readonly kind: 'user'; readonly userId: string; readonly sessionId?: string }
  | { readonly kind: 'token'; readonly tokenId: string }
  | { readonly kind: 'agent'; readonly agentId: string };

/** What is published, by topic. Payloads are ids: whoever listens reads the state as it is by then. Index signature-free, so that a topic must be declared here. */
export type Topics = {
  /** Something of an agent changed: its state, name, labels, probes. */
  agentChanged: [payload: { readonly agentId: string }];
  /** A credential was revoked or its owner disabled. */
  credentialRevoked: [payload: CredentialRef];
  /** A test changed: its definition, status or progress. */
  testChanged: [payload: { readonly testId: string }];
  /** The assignments of an agent changed. */
  assignmentsChanged: [payload: { readonly agentId: string }];
  /** A result was committed. */
  resultAdded: [payload: { readonly resultId: string; readonly testId: string; readonly agentId: string }];
};

/** The server's own events. One a server; with several processes its event target is replaced, not its users. */
export type ServerPubSub = PubSub<Topics>;

export function createServerPubSub(): ServerPubSub {
  return createPubSub<Topics>();
}
