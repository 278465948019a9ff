import { computed, ref, type ComputedRef } from 'vue';

export interface Selection {
  /** What is selected and still in the list, in the list's order. */
  readonly chosen: ComputedRef<readonly string[]>;
  readonly all: ComputedRef<boolean>;
  has(id: string): boolean;
  toggle(id: string): void;
  /** Selects all that the list shows, or nothing where all are selected. */
  toggleAll(): void;
  clear(): void;
}

/** What of a list is selected. What leaves the list is no longer selected: nothing happens to what nobody sees. */
export function useSelection(shown: () => readonly string[]): Selection {
  const ids = ref<ReadonlySet<string>>(new Set());
  const chosen = computed(() => shown().filter((id) => ids.value.has(id)));
  const all = computed(() => shown().length > 0 && chosen.value.length === shown().length);
  return {
    chosen,
    all,
    has: (id) => ids.value.has(id),
    toggle: (id) => (ids.value = new Set(ids.value.has(id) ? chosen.value.filter((each) => each !== id) : [...chosen.value, id])),
    toggleAll: () => (ids.value = new Set(all.value ? [] : shown())),
    clear: () => (ids.value = new Set()),
  };
}
