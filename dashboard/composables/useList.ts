import { onScopeDispose, ref, watch, type Ref } from 'vue';
import { useQueryValue } from './useQueryValue.js';

/** Typing is over when no key was pressed for so long, in milliseconds. */
const TYPED_MS = 250;

/** The search of a list: what is typed at once, in the URL (and so asked of the server) when typing pauses. */
export function useSearch(): { typed: Ref<string>; search: Ref<string | null> } {
  const search = useQueryValue('search');
  const typed = ref(search.value ?? '');
  let timer: ReturnType<typeof setTimeout> | undefined;
  watch(typed, (text) => {
    clearTimeout(timer);
    timer = setTimeout(() => (search.value = (text ?? '').trim() || null), TYPED_MS);
  });
  onScopeDispose(() => clearTimeout(timer));
  return { typed, search };
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null;

/** Moves through a list with `j` and `k`, opens with Enter, selects with `x`; `current` is the index, -1 for none. */
export function useListKeys(
  count: () => number,
  open: (index: number) => void,
  select?: (index: number) => void,
): { current: Ref<number> } {
  const current = ref(-1);
  const step = (by: number): void => {
    current.value = Math.min(Math.max(current.value + by, 0), count() - 1);
  };
  const onKey = (event: KeyboardEvent): void => {
    if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'j') step(1);
    if (event.key === 'k') step(-1);
    if (event.key === 'x' && current.value >= 0) select?.(current.value);
    if (event.key === 'Enter' && current.value >= 0 && event.target === document.body) open(current.value);
  };
  document.addEventListener('keydown', onKey);
  onScopeDispose(() => document.removeEventListener('keydown', onKey));
  return { current };
}
