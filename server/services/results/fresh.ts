import type { StoredResult } from './stored-result.js';

/** Some 3 MB: at 2,500 results/s what came in the last second. */
const MOST = 2500;

/** Results that were just committed by this process: who is told of them need not read them again. A result never changes. */
export class FreshResults {
  private readonly byId = new Map<string, StoredResult>();

  /** Keeps results, and forgets the oldest for them. */
  add(results: readonly StoredResult[]): void {
    for (const result of results) this.byId.set(result.id, result);
    for (const id of this.byId.keys()) {
      if (this.byId.size <= MOST) return;
      this.byId.delete(id);
    }
  }

  /** A result, undefined where it came by another process, or longer ago. */
  get(id: string): StoredResult | undefined {
    return this.byId.get(id);
  }
}
