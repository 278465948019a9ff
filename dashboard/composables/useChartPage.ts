import { computed, inject, provide, ref, type ComputedRef, type InjectionKey, type Ref } from 'vue';
import { drawnWindow, MIN_SPAN_MS, type Range, type Window } from '../lib/range.js';
import { useNow } from './useNow.js';

/** What all charts of a page share: the stretch of time, the moment under the pointer, and how to zoom. */
export interface ChartPage {
  readonly window: ComputedRef<Window>;
  readonly live: ComputedRef<boolean>;
  readonly hoverAt: Ref<number | null>;
  zoom(window: Window): void;
  reset(): void;
}

const KEY: InjectionKey<ChartPage> = Symbol('chart page');
/** A live window moves in steps of about one pixel of a wide chart: smaller ones cannot be seen. */
const STEPS = 900;

/**
 * Makes the shared state of a page's charts. After a zoom, `reset` returns to the range before the first zoom. `begin`: when
 * the measuring began, ms; null while that is not known.
 */
export function provideChartPage(range: Ref<Range>, setRange: (range: Range) => void, begin: Ref<number | null>): ChartPage {
  const now = useNow();
  const hoverAt = ref<number | null>(null);
  const before = ref<Range | null>(null);
  const window = computed<Window>((old) => {
    const { from, to } = drawnWindow(range.value, begin.value, now.value);
    const step = Math.max(1000, (to - from) / STEPS);
    const end = range.value.kind === 'live' ? Math.ceil(to / step) * step : to;
    const next = { from: end - (to - from), to: end };
    return old && old.from === next.from && old.to === next.to ? old : next;
  });
  const page: ChartPage = {
    window,
    live: computed(() => range.value.kind === 'live'),
    hoverAt,
    zoom({ from, to }) {
      if (to - from < MIN_SPAN_MS) return;
      before.value ??= range.value;
      setRange({ kind: 'fixed', from: Math.round(from), to: Math.round(to) });
    },
    reset() {
      setRange(before.value ?? { kind: 'live', preset: '15m' });
      before.value = null;
    },
  };
  provide(KEY, page);
  return page;
}

/** The page's shared chart state. @throws Error outside of a page that has called {@link provideChartPage}. */
export function useChartPage(): ChartPage {
  const page = inject(KEY);
  if (!page) throw new Error('a chart stands on a page without provideChartPage');
  return page;
}
