import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Segment, segmentNumber } from './segment.js';

/** What a former run of the agent left in its outbox. */
export interface Recovered {
  /** Those with unsent results, oldest first. They are read and removed, not appended to. */
  readonly segments: readonly Segment[];
  /** The number for the next new segment: greater than any that was used. */
  readonly nextNumber: number;
  /** Results whose bytes had changed on disk. */
  readonly damaged: number;
}

/** Reads an outbox's folder and removes the files that are needed no more. @throws the file system's error */
export async function recoverSegments(folder: string): Promise<Recovered> {
  const names = new Set(readdirSync(folder));
  for (const name of names) {
    if (name.endsWith('.ack') && !names.has(name.replace(/ack$/, 'log'))) await rm(join(folder, name), { force: true });
  }
  const numbers = [...names].flatMap((name) => segmentNumber(name) ?? []).sort((a, b) => a - b);
  const segments: Segment[] = [];
  let damaged = 0;
  for (const number of numbers) {
    const segment = new Segment(folder, number);
    damaged += await segment.recover();
    if (segment.pending.size > 0) segments.push(segment);
    else await segment.remove();
  }
  return { segments, nextNumber: (numbers.at(-1) ?? 0) + 1, damaged };
}
