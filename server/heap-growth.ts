import { availableParallelism } from 'node:os';
import { PerformanceObserver, constants } from 'node:perf_hooks';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';

/** How much the heap may grow over what was in use after the last full collection, percent. V8 by itself lets a heap like the server's grow fourfold. */
const GROWTH_PERCENT = 100;
/**
 * The same for a heap with more in use than `LARGE_BYTES`, as thousands of agents make it: a full collection takes time in proportion to what is in use, so the
 * larger that is, the rarer it should be.
 */
const LARGE_GROWTH_PERCENT = 200;
const LARGE_BYTES = 128 * 2 ** 20;

/** How much a heap may grow with so many bytes in use after a full collection, percent. */
export function growthPercentOf(usedBytes: number): number {
  return usedBytes > LARGE_BYTES ? LARGE_GROWTH_PERCENT : GROWTH_PERCENT;
}

/**
 * Keeps the process' memory nearer to what it uses: a quarter less, for some percent more of the processor (decision 0005). What it sets after a full collection
 * holds from the next one on. Once a process, before its work.
 */
export function limitHeapGrowth(): void {
  setGrowth(GROWTH_PERCENT);
  setFlagsFromString(`--concurrent-marking-max-worker-num=${Math.max(1, availableParallelism() - 1)}`);
  const observer = new PerformanceObserver((list) => {
    if (list.getEntries().some(isFull)) setGrowth(growthPercentOf(getHeapStatistics().used_heap_size));
  });
  observer.observe({ entryTypes: ['gc'] });
}

function isFull(entry: PerformanceEntry): boolean {
  const { detail } = entry as { readonly detail?: { readonly kind?: number } };
  return detail?.kind === constants.NODE_PERFORMANCE_GC_MAJOR;
}

function setGrowth(percent: number): void {
  setFlagsFromString(`--heap-growing-percent=${percent}`);
}
