import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { contextFor } from '../sdk/conformance/check.js';
import { holdings, type Holdings } from '../sdk/conformance/resources.js';
import type { Json, Probe } from '../sdk/probe.js';
import { runProbe, type ProbeRun } from '../sdk/run.js';
import { parseTarget } from '../sdk/target.js';
import { growth, memoryNow, type Memory } from './memory.js';
import type { Order } from './variants.js';

const WARM_UP_RUNS = 20;
/** The memory is looked at so many times, at even distances. */
const LOOKS = 6;
const SETTLE_MS = 5_000;
/** Descriptors that the test runner opens meanwhile; a leak of so many runs is larger. */
const KEPT = 4;
const MB = 2 ** 20;
/** What compiling, caches and the allocator add by themselves between two halves of the runs. A leak of 250 bytes in each of 10,000 runs is more. */
const GROWTH: Memory = { heap: MB, external: MB, resident: 8 * MB };

function moreThan(before: Holdings): string[] {
  return [...holdings()].flatMap(([kind, count]) => {
    const more = count - (before.get(kind) ?? 0);
    return more > (kind === 'child' ? 0 : KEPT) ? [`${more} more of "${kind}"`] : [];
  });
}

/** How a run ended, where it should have ended otherwise. */
function wrongEnd({ status, error }: ProbeRun, { ends }: Order): string | undefined {
  if (ends === undefined ? status === 'OK' : error?.code === ends) return undefined;
  return error ? `${status} (${error.code}: ${error.message})` : status;
}

/** Runs of one order, several side by side; keeps count of those that ended as they should not. */
class Runs {
  readonly #wrong = new Map<string, number>();

  constructor(
    private readonly probe: Probe,
    private readonly order: Order,
  ) {}

  get wrong(): string[] {
    return [...this.#wrong].map(([end, times]) => `${times} ended as ${end}`);
  }

  /** Runs so many times. Each finds what the one before left, as an agent's do. */
  async several(count: number): Promise<void> {
    let left = count;
    const lane = async (): Promise<void> => {
      for (let memory: Json | undefined; left-- > 0;) memory = await this.#run(memory);
    };
    await Promise.all(Array.from({ length: this.order.sideBySide ?? 4 }, lane));
  }

  async #run(memory: Json | undefined): Promise<Json | undefined> {
    const { target, settings } = this.order;
    const context = await contextFor(this.probe, { target: () => parseTarget(target), settings }, { memory });
    const done = await runProbe(this.probe, settings, context);
    const wrong = wrongEnd(done, this.order);
    if (wrong !== undefined) this.#wrong.set(wrong, (this.#wrong.get(wrong) ?? 0) + 1);
    return done.memory;
  }
}

/**
 * Runs a probe many times, several side by side, and says what is not as before: descriptors, children, timers, temporary files, memory that grows; and runs that ended
 * otherwise than they should. `forget` lets what stands at the other end, in this process, let go of what it was asked.
 */
export async function whatStays(probe: Probe, order: Order, runs: number, forget: () => void = () => undefined): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'many-runs-'));
  const previous = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  const tried = new Runs(probe, order);
  const looks: Memory[] = [];
  try {
    await tried.several(WARM_UP_RUNS);
    const before = holdings();
    for (let look = 0; look < LOOKS; look++) {
      await tried.several(Math.ceil(runs / LOOKS));
      forget();
      looks.push(await memoryNow());
    }
    const end = performance.now() + SETTLE_MS;
    while (moreThan(before).length > 0 && performance.now() < end) await delay(50);
    const files = readdirSync(folder).map((file) => `the temporary file ${file}`);
    return [...tried.wrong, ...moreThan(before), ...files, ...growth(looks, GROWTH)];
  } finally {
    if (previous === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = previous;
    rmSync(folder, { recursive: true, force: true });
  }
}
