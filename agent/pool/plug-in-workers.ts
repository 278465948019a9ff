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
 * Loads and describes plug-ins for the first time, each in a fresh worker that nothing else shares and that is ended when it does not come back: whatever a
 * plug-in does while it loads, our own probes and the other plug-ins measure.
 */
export class PlugInWorkers {
  readonly #workers: Tinypool;

  /** @param limitMs for one plug-in: to start its worker, load it, and ask it whether it can measure here */
  constructor(
    filename: string,
    private readonly threads: number,
    private readonly limitMs: number,
  ) {
    this.#workers = new Tinypool({ filename, minThreads: 0, maxThreads: threads, isolateWorkers: true });
    this.#workers.on('error', () => undefined); // it ended with the worker of a plug-in whose own task has told why
  }

  /** Describes all plug-ins and admits those that work and claim nothing of one before them. Never rejects. */
  async describe({ plugins, base }: ProbeSources): Promise<AdmittedPlugIns> {
    const found = new Map<string, DescribedProbe | string>();
    const waiting = [...plugins];
    const workThrough = async (): Promise<void> => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) found.set(name, await this.#describeOne(name, base));
    };
    await Promise.all(Array.from({ length: this.threads }, workThrough));
    return admit(plugins.map((name) => [name, found.get(name) ?? '']));
  }

  /** Ends all workers. */
  async close(): Promise<void> {
    await this.#workers.destroy();
  }

  async #describeOne(name: string, base: string): Promise<DescribedProbe | string> {
    const task: PlugInTask = { name, base, stepMs: this.limitMs * STEP_PART };
    const signal = AbortSignal.timeout(this.limitMs);
    try {
      return (await this.#workers.run(task, { name: 'describePlugIn', signal })) as DescribedProbe;
    } catch (error) {
      if (!signal.aborted) return `the plug-in "${name}": ${reasonOf(error)}`;
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
