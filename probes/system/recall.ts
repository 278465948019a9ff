import type { Json } from '../sdk/probe.js';
import { readingSchema, type Reading } from './reading.js';

/** Readings that this thread has made and may see again, as the text that travels between runs. */
const made = new Map<string, Reading>();
const MOST_KEPT = 256;

/** A reading as the next run finds it: a text, since that goes from thread to thread for next to nothing. */
export function textOf(reading: Reading): string {
  const text = JSON.stringify(reading);
  if (made.size >= MOST_KEPT) made.clear();
  made.set(text, reading);
  return text;
}

function parsed(text: string): Reading | undefined {
  try {
    return readingSchema.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // not a text of ours: as good as none
    throw error;
  }
}

/** The reading of the previous run, of whichever thread; undefined where there is none, or another version's. */
export function readingOf(memory: Json | undefined): Reading | undefined {
  return typeof memory === 'string' ? (made.get(memory) ?? parsed(memory)) : undefined;
}
