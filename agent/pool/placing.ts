import { fractionOf } from '../random.js';

/**
 * Assignments that one worker serves before another is started: at 10 s each they take it a tenth of its core, and a worker of its own takes some 20 MB and wakes
 * by itself.
 */
const ASSIGNMENTS_A_WORKER = 100;

/** How many of the workers so many assignments need, at least 1. */
export function widthFor(assignments: number, workers: number): number {
  return Math.min(workers, Math.max(1, Math.ceil(assignments / ASSIGNMENTS_A_WORKER)));
}

/**
 * The worker for a job of this seed: the same one each time, after a restart too, since a worker's sockets are part of its flows' identity (echo identifiers).
 * Another one only where that is held up.
 *
 * @param width how many workers are used @param heldUp whether each is, of all that there may be
 */
export function workerOf(seed: string, width: number, heldUp: readonly boolean[]): number {
  const home = width === 1 ? 0 : Math.floor(fractionOf(`worker ${seed}`) * width);
  if (!heldUp[home]) return home;
  const others = heldUp.map((_, index) => (home + 1 + index) % heldUp.length);
  return others.find((other) => !heldUp[other]) ?? home;
}
