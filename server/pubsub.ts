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
  /** Tests were deleted: nothing of them can be read any more. */
  testsDeleted: { readonly testIds: readonly string[] };
  /** The assignments of an agent changed. */
  assignmentsChanged: { readonly agentId: string };
  /** A result was committed. */
  resultAdded: { readonly resultId: string; readonly testId: string; readonly agentId: string };
  /** A path other than before was seen. */
  pathChanged: { readonly changeId: string; readonly testId: string };
  /** An anomaly was recorded. */
  anomalyDetected: { readonly anomalyId: string; readonly testId: string };
  /** A report was asked for, or came further. */
  reportChanged: { readonly reportId: string };
  /** A setting of the installation was set. */
  settingsChanged: { readonly key: string };
  /** What agents declare changed: the catalogue is to be read again. */
  catalogueChanged: Record<string, never>;
  /** Agents were heard of, here or at another process. */
  agentsHeard: { readonly agentIds: readonly string[] };
  /** Events of other processes may have been lost: whoever keeps a state that follows them looks again. Never a person's doing. */
  eventsMissed: { readonly reason: string };
}

/** Where an event was published: in this process or in another one of the same installation. */
export type Origin = 'here' | 'elsewhere';
/** One event, as it travels between processes. */
export type ServerEvent = { [K in keyof Topics]: readonly [topic: K, payload: Topics[K]] }[keyof Topics];

/** The server's own events. One a server; with several processes what is behind it changes, not its users. */
export interface ServerPubSub {
  /** Tells this process at once, and the others as soon as it can. */
  publish<K extends keyof Topics>(topic: K, payload: Topics[K]): void;
  /** Tells this process alone: of what each process finds out by itself, and, with `elsewhere`, of what another one told. */
  tellHere<K extends keyof Topics>(topic: K, payload: Topics[K], origin?: Origin): void;
  /** Calls back for each event of a topic, until the function that it returns is called. */
  listen<K extends keyof Topics>(topic: K, listener: (payload: Topics[K], origin: Origin) => void): () => void;
  /** The events of a topic from this call on, also before somebody waits for the first; `return()` ends it at once. */
  subscribe<K extends keyof Topics>(topic: K): EventStream<Topics[K]>;
}

type Listener<K extends keyof Topics> = (payload: Topics[K], origin: Origin) => void;
type Listeners = { [K in keyof Topics]: Set<Listener<K>> };

/** Events within this process; `carry` gets each that is published, to bring it to the others. */
export function createServerPubSub(carry: (event: ServerEvent) => void = () => undefined): ServerPubSub {
  const listeners: Listeners = {
    agentChanged: new Set(),
    credentialRevoked: new Set(),
    testChanged: new Set(),
    testsDeleted: new Set(),
    assignmentsChanged: new Set(),
    resultAdded: new Set(),
    pathChanged: new Set(),
    anomalyDetected: new Set(),
    reportChanged: new Set(),
    settingsChanged: new Set(),
    catalogueChanged: new Set(),
    agentsHeard: new Set(),
    eventsMissed: new Set(),
  };
  const listen: ServerPubSub['listen'] = (topic, listener) => {
    listeners[topic].add(listener);
    return () => void listeners[topic].delete(listener);
  };
  const tellHere: ServerPubSub['tellHere'] = (topic, payload, origin = 'here') => {
    for (const listener of listeners[topic]) listener(payload, origin);
  };
  return {
    publish(topic, payload) {
      tellHere(topic, payload);
      carry([topic, payload] as unknown as ServerEvent);
    },
    tellHere,
    listen,
    subscribe: (topic) => new EventStream((push) => listen(topic, push)),
  };
}
