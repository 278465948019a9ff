import { computed, type WritableComputedRef } from 'vue';
import { useRoute, useRouter } from 'vue-router';

/** One part of the query string as a value that can be set; null where it is missing, and to take it away. */
export function useQueryValue(name: string): WritableComputedRef<string | null> {
  const route = useRoute();
  const router = useRouter();
  return computed({
    get() {
      const value = route.query[name];
      return typeof value === 'string' && value !== '' ? value : null;
    },
    set(value) {
      const { [name]: _old, ...others } = route.query;
      void router.replace({ query: value ? { ...others, [name]: value } : others });
    },
  });
}
