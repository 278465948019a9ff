import { createHash } from 'node:crypto';
import { z } from 'zod';
import { assignmentSchema, type Assignment } from './assignment.js';
import { parseJson, readIfThere, writeAtomically } from './files.js';
import { isOnce } from './schedule.js';

const OWNER_ONLY = 0o600;

/** The assignments as last heard, on disk: an agent that starts while the server is away measures on. Settings may hold secrets: only the owner reads them. */
export class KeptAssignments {
  #last = '';

  constructor(
    private readonly path: string,
    private readonly onTrouble: (message: string) => void,
  ) {}

  /** What was kept, without those of a single cycle, which may have had it. A damaged file counts as none: the server tells it all again. */
  load(): readonly Assignment[] {
    const text = readIfThere(this.path);
    if (text === undefined) return [];
    const parsed = z.array(assignmentSchema).safeParse(parseJson(text));
    if (!parsed.success) this.onTrouble(`${this.path} cannot be read; the assignments come again from the server`);
    return (parsed.data ?? []).filter((assignment) => !isOnce(assignment));
  }

  save(assignments: readonly Assignment[]): void {
    const text = JSON.stringify(assignments);
    if (text === this.#last) return;
    writeAtomically(this.path, text, OWNER_ONLY);
    this.#last = text;
  }
}

/** Remembers what the server was told of this agent, as a hash on disk. */
export class KnownDescription {
  readonly #hash: string;

  constructor(
    private readonly path: string,
    description: unknown,
  ) {
    this.#hash = createHash('sha256').update(JSON.stringify(description)).digest('hex');
  }

  isKnown(): boolean {
    return readIfThere(this.path) === this.#hash;
  }

  remember(): void {
    writeAtomically(this.path, this.#hash, OWNER_ONLY);
  }
}
