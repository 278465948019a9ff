/** The answer to "is it my turn?": yes, or when to ask again. */
export type Turn = { readonly mine: true } | { readonly mine: false; readonly askAgainMs: number };

/** Decides which process runs an occurrence of periodic work. */
export interface Turns {
  /** Begins an occurrence where one is due and nobody else is at it. `periodMs`: from its beginning to the next. */
  begin(name: string, periodMs: number): Promise<Turn>;
  /** Says that the work is still under way. False: it is somebody else's by now. */
  keep(name: string): Promise<boolean>;
  /** Ends an occurrence that was begun here. After a failure the next is due in `againMs` already. */
  end(name: string, failure?: { readonly againMs: number; readonly reason: string }): Promise<void>;
  /** Makes the next occurrence due now. */
  hasten(name: string): Promise<void>;
  /** How often `keep` is to be called while work is under way, ms; undefined: not at all. */
  readonly keepEveryMs?: number;
}

/** The turns of a process that has nobody beside it: always its own. */
export const ALONE: Turns = {
  begin: () => Promise.resolve({ mine: true }),
  keep: () => Promise.resolve(true),
  end: () => Promise.resolve(),
  hasten: () => Promise.resolve(),
};
