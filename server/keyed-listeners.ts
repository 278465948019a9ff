import type { ServerPubSub, Topics } from './pubsub.js';

type Listener<T> = (payload: T) => void;

/**
 * Listeners of one topic that each want the events of one key alone. They share one listener of the pub/sub that finds them by their key: else a
 * change of a test with 5,000 agents would ask each of 5,000 listeners 5,000 times whether it is meant.
 */
export class KeyedListeners<K extends keyof Topics> {
  private readonly byKey = new Map<string, Set<Listener<Topics[K]>>>();
  private unlisten: (() => void) | undefined;

  constructor(
    private readonly pubsub: Pick<ServerPubSub, 'listen'>,
    private readonly topic: K,
    private readonly keyOf: (payload: Topics[K]) => string,
  ) {}

  /** Calls back for each event of this key, until the function that it returns is called. */
  listen(key: string, listener: Listener<Topics[K]>): () => void {
    const listeners = this.byKey.get(key) ?? new Set();
    this.byKey.set(key, listeners.add(listener));
    this.unlisten ??= this.pubsub.listen(this.topic, (payload) => this.tell(payload));
    return () => this.forget(key, listener);
  }

  private tell(payload: Topics[K]): void {
    for (const listener of this.byKey.get(this.keyOf(payload)) ?? []) listener(payload);
  }

  private forget(key: string, listener: Listener<Topics[K]>): void {
    const listeners = this.byKey.get(key);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.byKey.delete(key);
    if (this.byKey.size > 0) return;
    this.unlisten?.();
    this.unlisten = undefined;
  }
}

const ofAssignments = new WeakMap<ServerPubSub, KeyedListeners<'assignmentsChanged'>>();

/** The listeners to agents' assignments of one server, by the agent's id. */
export function assignmentListeners(pubsub: ServerPubSub): KeyedListeners<'assignmentsChanged'> {
  const before = ofAssignments.get(pubsub);
  if (before) return before;
  const made = new KeyedListeners(pubsub, 'assignmentsChanged', ({ agentId }) => agentId);
  ofAssignments.set(pubsub, made);
  return made;
}
