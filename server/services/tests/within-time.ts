import { createContext, Script } from 'node:vm';

interface Place {
  work?: () => unknown;
}

// Of this thread the only way to end what has begun; whatever the script calls is ended with it.
const place: Place = {};
const inPlace = createContext(place, { codeGeneration: { strings: false, wasm: false } });
const call = new Script('work()');

/**
 * What `work` returns; undefined where that took longer than `ms` and was ended: by a regular expression that tries too many ways, say. It is ended
 * wherever it is, so it must leave nothing half done that somebody reads later.
 */
export function withinTime<T extends object | string>(ms: number, work: () => T): T | undefined {
  place.work = work;
  try {
    return call.runInContext(inPlace, { timeout: ms }) as T;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined;
    throw error;
  } finally {
    delete place.work;
  }
}
