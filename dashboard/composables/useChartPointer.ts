import { computed, ref, type ComputedRef, type Ref } from 'vue';
import type { PlotArea } from '../lib/chart-marks.js';
import { useChartPage } from './useChartPage.js';

/** A drag shorter than this, in pixels, was a click. */
const MIN_DRAG = 6;
/** How far an arrow key moves the cross-hair, as a share of the width. */
const KEY_STEP = 0.01;

/** Where the cross-hair stands and what is selected, in pixels of the chart; and the handlers that make it so. */
export interface ChartPointer {
  readonly crossX: ComputedRef<number | null>;
  readonly selection: ComputedRef<{ left: number; width: number } | null>;
  readonly handlers: {
    pointermove(event: PointerEvent): void;
    pointerleave(): void;
    pointerdown(event: PointerEvent): void;
    pointerup(event: PointerEvent): void;
    dblclick(): void;
    keydown(event: KeyboardEvent): void;
  };
}

/** Cross-hair, drag to zoom, double click to return; the arrow keys move the cross-hair too. */
export function useChartPointer(area: Ref<PlotArea | null>): ChartPointer {
  const page = useChartPage();
  const dragFrom = ref<number | null>(null);
  const dragTo = ref(0);

  const toTime = (x: number, { left, right }: PlotArea): number => {
    const { from, to } = page.window.value;
    return from + (Math.min(Math.max(x, left), right) - left) * ((to - from) / (right - left));
  };
  const crossX = computed(() => {
    const { from, to } = page.window.value;
    const at = page.hoverAt.value;
    if (at === null || !area.value || at < from || at > to) return null;
    return area.value.left + ((at - from) / (to - from)) * (area.value.right - area.value.left);
  });
  const selection = computed(() => {
    const from = dragFrom.value;
    if (from === null || Math.abs(dragTo.value - from) < MIN_DRAG) return null;
    return { left: Math.min(from, dragTo.value), width: Math.abs(dragTo.value - from) };
  });
  const inside = (x: number): number => (area.value ? Math.min(Math.max(x, area.value.left), area.value.right) : x);

  const handlers: ChartPointer['handlers'] = {
    pointermove({ offsetX }) {
      if (area.value) page.hoverAt.value = toTime(offsetX, area.value);
      if (dragFrom.value !== null) dragTo.value = inside(offsetX);
    },
    pointerleave() {
      if (dragFrom.value === null) page.hoverAt.value = null;
    },
    pointerdown(event) {
      if (event.pointerType !== 'mouse' || event.button !== 0) return;
      if (event.currentTarget instanceof Element) event.currentTarget.setPointerCapture(event.pointerId);
      dragFrom.value = dragTo.value = inside(event.offsetX);
    },
    pointerup() {
      const chosen = selection.value;
      dragFrom.value = null;
      if (chosen && area.value) page.zoom({ from: toTime(chosen.left, area.value), to: toTime(chosen.left + chosen.width, area.value) });
    },
    dblclick: () => page.reset(),
    keydown(event) {
      if (event.key === 'Escape') page.hoverAt.value = null;
      const direction = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (direction === undefined) return;
      event.preventDefault();
      const { from, to } = page.window.value;
      const next = (page.hoverAt.value ?? to) + direction * KEY_STEP * (to - from);
      page.hoverAt.value = Math.min(Math.max(next, from), to);
    },
  };
  return { crossX, selection, handlers };
}
