import { EventStream } from './event-stream.js';

/** Which credential stopped being valid, so that sockets that live by it can be closed. */
export type CredentialRef =
  | { readonly kind: 'user'; readonly userId: string; readonly sessionId?: string }
  | { readonly kind: 'token'; readonly tokenId: string }
  | { readonly kind: 'agent'; readonly agentId: string };

/** What is published, by topic. Payloads are ids: whoever listens reads the state as it is by then. */
export interface Topics {
  /** Something of an agent changed: its state, name, labels, probes. */
  agentChanged: { readonly agentId: string };
  /** A credential was revoked or its owner disabled. */
  credentialRevoked: CredentialRef;
  /** A test changed: its definition, status or progress. */
  testChanged: { readonly testId: string };
  /** The assignments of an agent changed. */
  assignmentsChanged: { readonly agentId: string };
  /** A result was committed. */
  resultAdded: { readonly resultId: string; readonly testId: string; readonly agentId: string };
}

/** The server's own events. One a server; with several processes what is behind it changes, not its users. */
export interface ServerPubSub {
  publish<K extends keyof Topics>(topic: K, payload: Topics[K]): void;
  /** Calls back for each event of a topic, until the function that it returns is called. */
  listen<K extends keyof Topics>(topic: K, listener: (payload: Topics[K]) => void): () => void;
  /** The events of a topic from this call on, also before somebody waits for the first; `return()` ends it at once. */
  subscribe<K extends keyof Topics>(topic: K): EventStream<Topics[K]>;
}

type Listeners = { [K in keyof Topics]: Set<(payload: Topics[K]) => void> };

/** Events within this process. */
export function createServerPubSub(): ServerPubSub {
  const listeners: Listeners = {
    agentChanged: new Set(),
    credentialRevoked: new Set(),
    testChanged: new Set(),
    assignmentsChanged: new Set(),
    resultAdded: new Set(),
  };
  const listen: ServerPubSub['listen'] = (topic, listener) => {
    listeners[topic].add(listener);
    return () => void listeners[topic].delete(listener);
  };
  return {
    publish(topic, payload) {
      for (const listener of listeners[topic]) listener(payload);
    },
    listen,
    subscribe: (topic) => new EventStream((push) => listen(topic, push)),
  };
}
