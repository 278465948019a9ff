/** Removes results and details that are too old, in the way that suits the database. */
export interface OldResults {
  /** Removes results that started before this moment (ms since 1970), as many as may go. Returns how many. */
  removeResults(before: number, stopped: () => boolean): Promise<number>;
  /** Removes details of results that arrived before this moment (ms since 1970). Returns of how many. */
  removeDetails(before: number, stopped: () => boolean): Promise<number>;
}
