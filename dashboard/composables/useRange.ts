import { computed, type ComputedRef } from 'vue';
import { useRoute, useRouter } from 'vue-router';
import { parseRange, rangeQuery, type Range } from '../lib/range.js';

const OURS = ['range', 'from', 'to'];

/** The range of time that the page shows. It lives in the URL, so that a link shows the same. */
export function useRange(): { range: ComputedRef<Range>; setRange: (range: Range) => void } {
  const route = useRoute();
  const router = useRouter();
  const range = computed(() => parseRange(route.query));
  const setRange = (next: Range): void => {
    const others = Object.fromEntries(Object.entries(route.query).filter(([key]) => !OURS.includes(key)));
    void router.push({ query: { ...others, ...rangeQuery(next) } });
  };
  return { range, setRange };
}
