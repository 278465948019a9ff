import { createContext, Script } from 'node:vm';

/** Longest time that one pattern may take, ms: a hundred times what any that is made well takes for the longest text. */
export const SEARCH_MS = 500;

// What is run gets nothing of ours, and of the whole process this is the only way to end a pattern that has begun.
const place = createContext({ pattern: '', text: '' }, { codeGeneration: { strings: false, wasm: false } });
const search = new Script('new RegExp(pattern, "u").test(text)');

/**
 * Whether a text matches a pattern. Patterns come from people, texts from anybody: some patterns try more ways than there is time for ("catastrophic
 * backtracking"), and nothing else of this thread would run meanwhile.
 *
 * @param pattern a regular expression with the flag `u`, known to be one
 * @returns undefined where it took longer than `SEARCH_MS`
 */
export function isMatch(pattern: string, text: string): boolean | undefined {
  Object.assign(place, { pattern, text });
  try {
    return search.runInContext(place, { timeout: SEARCH_MS }) as boolean;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined;
    throw error;
  } finally {
    Object.assign(place, { pattern: '', text: '' });
  }
}
