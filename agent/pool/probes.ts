import { builtInProbes, loadProbe, loadProbes } from '../../probes/registry.js';
import type { Probe, Support } from '../../probes/sdk/probe.js';
import type { DescribedProbe, DescribedProbes, ProbeSources } from './protocol.js';

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Loads what can be loaded, ours before the plug-ins; what cannot is told and left out, since one broken plug-in must not end all measuring. */
async function loadAll({
  plugins,
  base,
}: ProbeSources): Promise<{ readonly probes: readonly Probe[]; readonly problems: readonly string[] }> {
  const names: string[] = [];
  const problems: string[] = [];
  let probes: readonly Probe[] = [];
  for (const name of [...builtInProbes, ...plugins]) {
    try {
      probes = await loadProbes([...names, name], base);
      names.push(name);
    } catch (error) {
      problems.push(reasonOf(error));
    }
  }
  return { probes, problems };
}

/** Finds probes by the name that tests use; each is loaded when it is first asked for. Lives in a worker. */
export class ProbeShelf {
  readonly #loaded = new Map<string, Promise<Probe | undefined>>();
  #plugins: Promise<readonly Probe[]> | undefined;

  constructor(private readonly sources: ProbeSources) {}

  /** The probe of this name, or undefined where this agent has none. @throws ProbeLoadError when one of ours does not load */
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
    await this.get(name).then(
      (probe) => probe && supportOf(probe),
      () => undefined, // the first run tells why
    );
  }

  async #find(name: string): Promise<Probe | undefined> {
    if (builtInProbes.includes(name)) return loadProbe(name, this.sources.base);
    this.#plugins ??= loadAll(this.sources).then(({ probes }) => probes);
    return (await this.#plugins).find((probe) => probe.name === name);
  }
}

async function supportOf(probe: Probe): Promise<Support> {
  try {
    return await probe.supported();
  } catch (error) {
    return { available: false, reason: `looking whether this host can measure failed: ${reasonOf(error)}` };
  }
}

async function describe(probe: Probe): Promise<DescribedProbe> {
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
    support: await supportOf(probe),
  };
}

/** Describes all probes of this agent, and by which method this host can measure. */
export async function describeProbes(sources: ProbeSources): Promise<DescribedProbes> {
  const { probes, problems } = await loadAll(sources);
  return { probes: await Promise.all(probes.map(describe)), problems };
}
