import { builtInProbes, loadProbe } from '../../probes/registry.js';
import type { Probe, Support } from '../../probes/sdk/probe.js';
import { forbidExit } from './exit.js';
import type { DescribedProbe, DescribedProbes, PlugInTask, ProbeSources } from './protocol.js';
import { within } from './within.js';

/** Time for a probe to load, or to say whether this host can measure, ms: both are a matter of a second even under load. */
const STEP_MS = 10_000;

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Finds probes by the name that tests use; each is loaded when it is first asked for. Lives in a worker. */
export class ProbeShelf {
  readonly #loaded = new Map<string, Promise<Probe | undefined>>();
  #plugins: Promise<readonly Probe[]> | undefined;

  constructor(private readonly sources: ProbeSources) {}

  /** The probe of this name, or undefined where this agent has none. @throws ProbeLoadError, Error when it does not load, or not in time */
  get(name: string): Promise<Probe | undefined> {
    let probe = this.#loaded.get(name);
    if (!probe) {
      probe = this.#find(name);
      this.#loaded.set(name, probe);
    }
    return probe;
  }

  /** Loads a probe and what it needs of the system before its first run. Never rejects: what is wrong shows in the runs themselves. */
  async prepare(name: string): Promise<void> {
    await this.get(name)
      .then((probe) => probe && readyToRun(probe, STEP_MS))
      .catch(() => undefined); // the first run tells why
  }

  async #find(name: string): Promise<Probe | undefined> {
    const { admitted, base } = this.sources;
    if (builtInProbes.includes(name)) return loadProbe(name, base);
    if (admitted) {
      const source = admitted.get(name);
      return source === undefined ? undefined : loadPlugIn(source, base, STEP_MS);
    }
    this.#plugins ??= this.#loadPlugIns();
    return (await this.#plugins).find((probe) => probe.name === name);
  }

  /** What does not load is left out here: whoever described the probes has told of it. */
  async #loadPlugIns(): Promise<readonly Probe[]> {
    const { plugins, base } = this.sources;
    const loaded = await Promise.allSettled(plugins.map((source) => loadPlugIn(source, base, STEP_MS)));
    return loaded.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  }
}

function loadPlugIn(source: string, base: string, limitMs: number): Promise<Probe> {
  const late = `"${source}" did not load within ${limitMs / 1000} s: its module waits for something that does not come`;
  return within(limitMs, () => loadProbe(source, base), late);
}

async function supportOf(probe: Probe, limitMs: number): Promise<Support> {
  try {
    return await within(limitMs, () => probe.supported(), `it gave no answer within ${limitMs / 1000} s`);
  } catch (error) {
    return { available: false, reason: `looking whether this host can measure failed: ${reasonOf(error)}` };
  }
}

async function readyToRun(probe: Probe, limitMs: number): Promise<void> {
  const { available } = await supportOf(probe, limitMs);
  if (available && probe.rehearse) await within(limitMs, () => probe.rehearse?.(), `its rehearsal did not end within ${limitMs / 1000} s`);
}

async function describe(probe: Probe, limitMs: number): Promise<DescribedProbe> {
  const { name, version, title, description, settingsSchema, heavy, last, sharesStart } = probe;
  const metrics = probe.metrics.map(({ probe: _owner, ...metric }) => metric);
  return {
    name,
    version,
    title,
    description,
    settingsSchema,
    metrics,
    heavy,
    last,
    ...(sharesStart ? { sharesStart } : {}),
    support: await supportOf(probe, limitMs),
  };
}

/** Describes our own probes, and by which method this host can measure. One that does not load is told and left out: it must not end all measuring. */
export async function describeOurs(): Promise<DescribedProbes> {
  const loaded = await Promise.allSettled(builtInProbes.map((name) => loadProbe(name)));
  const probes = loaded.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const problems = loaded.flatMap((result) => (result.status === 'rejected' ? [reasonOf(result.reason)] : []));
  return { probes: await Promise.all(probes.map((probe) => describe(probe, STEP_MS))), problems };
}

/** Loads one plug-in and describes it, or says why that cannot be done: it does not load, or not in time. */
export async function describePlugIn({ name, base, stepMs }: PlugInTask): Promise<DescribedProbe | string> {
  forbidExit();
  try {
    return await describe(await loadPlugIn(name, base, stepMs), stepMs);
  } catch (error) {
    return `the plug-in "${name}": ${reasonOf(error)}`;
  }
}
