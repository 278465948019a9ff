/** What the score of a content delivery network is made from. */
export interface DeliveryFacts {
  /** Share of the answers that came from a cache, 0 to 1; undefined where none says. */
  readonly cacheShare?: number;
  readonly ttfbMs: number;
  readonly connectMs?: number;
}

/** A connection this quick shows that the network has a place nearby, and one this slow that it has none, ms. */
const NEAR_MS = 10;
const FAR_MS = 150;
/** The same of the first byte, ms. */
const PROMPT_MS = 30;
const SLOW_MS = 500;

/** 1 at `best` and below, 0 at `worst` and above, straight between them. */
function grade(value: number, best: number, worst: number): number {
  return Math.min(1, Math.max(0, (worst - value) / (worst - best)));
}

/**
 * How well a content delivery network serves this agent, 0 to 100: half of it for answers from a cache, three tenths for the first byte, two tenths for the
 * connection; what is not known is left out and the others weigh more. An estimate of our own, for comparing one site over time.
 */
export function deliveryScore({ cacheShare, ttfbMs, connectMs }: DeliveryFacts): number {
  const parts: [weight: number, grade: number | undefined][] = [
    [0.5, cacheShare],
    [0.3, grade(ttfbMs, PROMPT_MS, SLOW_MS)],
    [0.2, connectMs === undefined ? undefined : grade(connectMs, NEAR_MS, FAR_MS)],
  ];
  let sum = 0;
  let weights = 0;
  for (const [weight, each] of parts) {
    if (each === undefined) continue;
    sum += weight * each;
    weights += weight;
  }
  return (100 * sum) / weights;
}
