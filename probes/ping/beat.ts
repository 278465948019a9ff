/** Moments at which bursts send are multiples of this, or of their own spacing where that is shorter, ms. */
const BEAT_MS = 100;
/** Each thread's own, so that agents do not beat with one another. */
const PHASE_MS = Math.random() * BEAT_MS;

/**
 * The first beat of this thread that is not before `timeMs` (`performance.now()`). Bursts that send at the same moments wake the thread once for all of them: waking an
 * idle thread takes more of the processor than sending the packets does (docs/decisions/0012).
 */
export function beatFrom(timeMs: number, intervalMs: number): number {
  const step = Math.min(intervalMs, BEAT_MS);
  return Math.ceil((timeMs - PHASE_MS) / step) * step + PHASE_MS;
}
