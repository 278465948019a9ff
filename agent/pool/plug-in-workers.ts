import { Tinypool } from 'tinypool';
import { ProbeNames } from '../../probes/probe-names.js';
import type { DescribedProbe, PlugInTask, ProbeSources } from './protocol.js';

/** The plug-ins that this agent measures with. */
export interface AdmittedPlugIns {
  readonly probes: readonly DescribedProbe[];
  /** Where each comes from: package or folder by the name of its probe. */
  readonly plugins: ReadonlyMap<string, string>;
  /** Why the others were left out, one sentence each. */
  readonly problems: readonly string[];
}

/** A plug-in says itself that it waits too long, unless it does not even come to that: this part of the limit is for each of its two steps. */
const STEP_PART = 1 / 3;

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Loads and describes plug-ins for the first time, one after another in a worker that measures nothing and is ended when it does not come back: whatever a plug-in
 * does while it loads, our own probes and the other plug-ins measure.
 */
export class PlugInWorkers {
  readonly #workers: Tinypool;
  /** Whether the worker is not fresh: it may die of what a plug-in before has left running. */
  #used = false;

  /** @param limitMs for one plug-in: to start its worker, load it, and ask it whether it can measure here */
  constructor(
    filename: string,
    private readonly limitMs: number,
  ) {
    this.#workers = new Tinypool({ filename, minThreads: 0, maxThreads: 1, idleTimeout: limitMs });
    this.#workers.on('error', () => (this.#used = false)); // it died between two plug-ins, each of which has its answer
  }

  /** Describes all plug-ins and admits those that work and claim nothing of one before them. Never rejects. */
  async describe({ plugins, base }: ProbeSources): Promise<AdmittedPlugIns> {
    const found: (readonly [string, DescribedProbe | string])[] = [];
    for (const name of plugins) found.push([name, await this.#describeOne(name, base)]);
    return admit(found);
  }

  /** Ends the worker. */
  async close(): Promise<void> {
    await this.#workers.destroy();
  }

  async #describeOne(name: string, base: string): Promise<DescribedProbe | string> {
    const task: PlugInTask = { name, base, stepMs: this.limitMs * STEP_PART };
    const signal = AbortSignal.timeout(this.limitMs);
    const shared = this.#used;
    this.#used = true;
    try {
      return (await this.#workers.run(task, { name: 'describePlugIn', signal })) as DescribedProbe | string;
    } catch (error) {
      // The worker is gone. A fresh one tells whether it was this plug-in.
      this.#used = false;
      if (shared) return this.#describeOne(name, base);
      if (!signal.aborted) return `the plug-in "${name}" brought its worker down: ${reasonOf(error)}`;
      return `the plug-in "${name}" blocked its worker for ${this.limitMs / 1000} s while it was loaded or asked whether it can measure, and was ended: look for a loop without an end`;
    }
  }
}

function admit(found: readonly (readonly [plugin: string, probe: DescribedProbe | string])[]): AdmittedPlugIns {
  const names = new ProbeNames();
  const probes: DescribedProbe[] = [];
  const plugins = new Map<string, string>();
  const problems: string[] = [];
  for (const [plugin, probe] of found) {
    try {
      if (typeof probe === 'string') throw new Error(probe);
      names.claim(probe, plugin);
      probes.push(probe);
      plugins.set(probe.name, plugin);
    } catch (error) {
      problems.push(reasonOf(error));
    }
  }
  return { probes, plugins, problems };
}
