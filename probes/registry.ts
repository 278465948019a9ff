import { CATALOGUE } from './catalogue.js';
import { importPlugIn, ProbeLoadError } from './plug-in.js';
import { ProbeNames } from './probe-names.js';
import { shapeProblems } from './sdk/conformance/shape.js';
import type { Probe } from './sdk/probe.js';

export { ProbeLoadError } from './plug-in.js';

/** Our probes, each loaded only when somebody wants it: a worker that pings need not load the rest. */
const BUILT_IN: Readonly<Record<string, () => Promise<{ readonly default: Probe }>>> = {
  ping: () => import('./ping/index.js'),
  tcp: () => import('./tcp/index.js'),
  dns: () => import('./dns/index.js'),
  http: () => import('./http/index.js'),
  mtu: () => import('./mtu/index.js'),
  traceroute: () => import('./traceroute/index.js'),
  system: () => import('./system/index.js'),
};

/** Names of our own probes. */
export const builtInProbes: readonly string[] = Object.keys(BUILT_IN);

const asProbe = (value: unknown, name: string): Probe => {
  const problems = shapeProblems(value);
  if (problems.length > 0) throw new ProbeLoadError(name, `"${name}" is no probe: ${problems.join('; ')}`);
  return value as Probe; // shapeProblems has looked at each member
};

async function load(name: string, base: string, names: ProbeNames): Promise<Probe> {
  const builtIn = Object.hasOwn(BUILT_IN, name) ? BUILT_IN[name] : undefined;
  if (builtIn) return (await builtIn()).default;
  const probe = asProbe(await importPlugIn(name, base), name);
  if (CATALOGUE.some((metric) => metric.probe === probe.name)) {
    throw new ProbeLoadError(name, `the plug-in "${name}" calls itself "${probe.name}", which is one of ours: it needs a name of its own`);
  }
  names.claimPrefixes(probe);
  return probe;
}

/**
 * Loads one probe: ours by its name, a plug-in by its package's name or its folder (relative to `base`, the working folder).
 * A plug-in's default export is what `defineProbe` returns.
 *
 * @throws ProbeLoadError when there is none, when it is no probe, or when it claims the metrics of one of ours.
 */
export function loadProbe(name: string, base: string = process.cwd()): Promise<Probe> {
  return load(name, base, new ProbeNames(CATALOGUE));
}

/**
 * Loads several probes, none of which may claim the name or the metrics of another.
 *
 * @throws ProbeLoadError as {@link loadProbe} does, and when two of them collide.
 */
export async function loadProbes(names: readonly string[], base: string = process.cwd()): Promise<Probe[]> {
  const taken = new ProbeNames(CATALOGUE);
  const probes: Probe[] = [];
  for (const name of names) {
    const probe = await load(name, base, taken);
    taken.claim(probe, name);
    probes.push(probe);
  }
  return probes;
}
