import { ref, watch, type Ref } from 'vue';

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

function restore(key: string): Record<string, unknown> {
  const text = sessionStorage.getItem(key);
  if (text === null) return {};
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch (error) {
    console.warn('a stored draft is unreadable and was dropped', error);
    return {};
  }
}

const sameType = (one: unknown, other: unknown): boolean => typeof one === typeof other && Array.isArray(one) === Array.isArray(other);

/**
 * A form's state that survives leaving the page and loading it anew, so that nothing typed is lost, until `discard` is called. It lives in this tab alone.
 * `toStore` gives what of it may be stored: it must take secrets away.
 */
export function useDraft<T extends Record<string, unknown>>(
  name: string,
  initial: T,
  toStore: (draft: T) => T = (draft) => draft,
): { draft: Ref<T>; discard: () => void } {
  const key = `streamswarm.draft.${name}`;
  const stored = restore(key);
  const fitting = Object.fromEntries(Object.entries(stored).filter(([field, value]) => sameType(value, initial[field])));
  const draft = ref({ ...structuredClone(initial), ...fitting }) as Ref<T>;
  const stop = watch(draft, () => sessionStorage.setItem(key, JSON.stringify(toStore(draft.value))), { deep: true, flush: 'sync' });
  const discard = (): void => {
    stop();
    sessionStorage.removeItem(key);
  };
  return { draft, discard };
}
