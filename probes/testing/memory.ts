import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { median } from '../sdk/stats.js';

setFlagsFromString('--expose-gc');
/** V8's full collection, as a function. */
export const collect = runInNewContext('gc') as () => void;

/** What the process holds when all that nobody needs was collected, bytes. */
export interface Memory {
  readonly heap: number;
  /** Outside V8's heap, but known to it: buffers, sockets, TLS. */
  readonly external: number;
  /** All of the process, what native code took included. */
  readonly resident: number;
}

const COLLECTIONS = 2;

/** Collects, then looks. What is finalised lets go of more one turn later. */
export async function memoryNow(): Promise<Memory> {
  for (let round = 0; round < COLLECTIONS; round++) {
    collect();
    await turn();
  }
  const { heapUsed: heap, external, rss: resident } = process.memoryUsage();
  return { heap, external, resident };
}

/**
 * What the second half of a run of looks holds more than the first, where it is more than that: between the middles of the halves. Medians, since the compiler's own
 * memory comes and goes.
 */
export function growth(looks: readonly Memory[], allowed: Memory): string[] {
  const half = Math.floor(looks.length / 2);
  return (['heap', 'external', 'resident'] as const).flatMap((kind) => {
    const [first = NaN, second = NaN] = [looks.slice(0, half), looks.slice(-half)].map((part) => median(part.map((look) => look[kind])));
    return second - first <= allowed[kind] ? [] : [`${kind} memory grew by ${second - first} bytes from one half to the next`];
  });
}

const LOOK_MS = 10;

/** The largest that the process's memory has grown to meanwhile. */
export class Peak {
  readonly #before = process.memoryUsage.rss();
  #largest = this.#before;
  readonly #timer = setInterval(() => this.#look(), LOOK_MS);

  private constructor() {
    this.#timer.unref();
  }

  static watch(): Peak {
    collect();
    return new Peak();
  }

  /** Bytes beyond what there was at the beginning. */
  end(): number {
    clearInterval(this.#timer);
    this.#look();
    return this.#largest - this.#before;
  }

  #look(): void {
    this.#largest = Math.max(this.#largest, process.memoryUsage.rss());
  }
}
