import type { Json } from '../probes/sdk/probe.js';
import { assignmentKey, type Assignment } from './assignment.js';

/**
 * What each probe's last run left for the next one of the same test and target. A new revision starts afresh: other settings may make the old
 * counters mean something else.
 */
export class RunMemory {
  readonly #kept = new Map<string, { readonly revision: number; readonly byProbe: Map<string, Json> }>();

  get(assignment: Assignment, probe: string): Json | undefined {
    const kept = this.#kept.get(assignmentKey(assignment));
    return kept?.revision === assignment.revision ? kept.byProbe.get(probe) : undefined;
  }

  set(assignment: Assignment, probe: string, memory: Json): void {
    const key = assignmentKey(assignment);
    let kept = this.#kept.get(key);
    if (kept?.revision !== assignment.revision) {
      kept = { revision: assignment.revision, byProbe: new Map() };
      this.#kept.set(key, kept);
    }
    kept.byProbe.set(probe, memory);
  }

  /** Forgets all assignments but these. */
  keepOnly(assignments: readonly Assignment[]): void {
    const wanted = new Set(assignments.map(assignmentKey));
    for (const key of [...this.#kept.keys()]) if (!wanted.has(key)) this.#kept.delete(key);
  }
}
