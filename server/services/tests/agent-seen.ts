/** An agent as it was looked at last. */
export interface Seen {
  /** What assignments depend on: probes, addresses, whether it is there. */
  readonly abilities: string;
  readonly disabled: boolean;
  readonly offline: boolean;
  readonly dropped: number;
  /** When it was last remembered that results were given up, ms since 1970. */
  readonly droppedAt: number;
}

/** Results given up are remembered this often at most: an outbox that overflows drops some between any two heartbeats. Gaps reach as far back from it. */
const DROPS_APART_MS = 60_000;

/** An agent as it is to be remembered at a moment, ms since 1970. What was dropped so soon after the last time counts the next time: it is not seen yet. */
export function paced(before: Seen | undefined, now: Seen, at: number): Seen {
  if (!before || now.dropped <= before.dropped) return { ...now, droppedAt: before?.droppedAt ?? now.droppedAt };
  return at - before.droppedAt < DROPS_APART_MS
    ? { ...now, dropped: before.dropped, droppedAt: before.droppedAt }
    : { ...now, droppedAt: at };
}

/** What happened between two looks, in the words of `agent_event`. */
export function kindsOf(before: Seen | undefined, now: Seen): string[] {
  if (!before) return [];
  const kinds = before.offline === now.offline ? [] : [now.offline ? 'OFFLINE' : 'BACK'];
  if (before.disabled !== now.disabled) kinds.push(now.disabled ? 'DISABLED' : 'ENABLED');
  return now.dropped > before.dropped ? [...kinds, 'DROPPED'] : kinds;
}
