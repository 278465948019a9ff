import { hostname, release, type } from 'node:os';
import { Command } from 'commander';
import { builtInProbes, loadProbe } from '../../probes/registry.js';
import type { Limitation, Support } from '../../probes/sdk/probe.js';

interface Options {
  readonly json?: boolean;
  readonly plugin: readonly string[];
}

/** What this host can measure by one probe. */
interface Diagnosis {
  readonly probe: string;
  readonly title: string;
  readonly available: boolean;
  /** How it measures here. */
  readonly method: string | null;
  /** Why it cannot. */
  readonly reason: string | null;
  /** How to allow it. */
  readonly remedy: string | null;
  readonly limitations: readonly Limitation[];
}

/** `streamswarm doctor`: what this host can measure. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('tell what this host can measure, by which method, and how to allow the rest')
    .option(
      '--plugin <name>',
      'also look at this plug-in (package name or folder); may be repeated',
      (name, names: string[]) => [...names, name],
      [],
    )
    .option('--json', 'print one JSON object instead of text')
    .action(async (options: Options) => {
      const probes = await Promise.all([...builtInProbes, ...options.plugin].map(diagnose));
      const host = { hostname: hostname(), os: `${type()} ${release()}`, node: process.version };
      console.log(options.json ? JSON.stringify({ host, probes }, null, 2) : asText(host, probes));
    });
}

/** Looks at one probe; one that does not even load is told like one that cannot measure. */
async function diagnose(name: string): Promise<Diagnosis> {
  try {
    const probe = await loadProbe(name);
    return diagnosis(probe.name, probe.title, await probe.supported());
  } catch (error) {
    return diagnosis(name, name, { available: false, reason: error instanceof Error ? error.message : String(error) });
  }
}

function diagnosis(probe: string, title: string, support: Support): Diagnosis {
  if (support.available) {
    return { probe, title, available: true, method: support.method, reason: null, remedy: null, limitations: support.limitations ?? [] };
  }
  return { probe, title, available: false, method: null, reason: support.reason, remedy: support.remedy ?? null, limitations: [] };
}

function asText(host: { readonly hostname: string; readonly os: string; readonly node: string }, probes: readonly Diagnosis[]): string {
  const head = `${host.hostname}: ${host.os}, Node ${host.node}`;
  return [head, ...probes.map(probeAsText)].join('\n\n');
}

function probeAsText({ probe, title, available, method, reason, remedy, limitations }: Diagnosis): string {
  const lines = [`${available ? 'yes' : 'NO '}  ${probe} (${title}): ${available ? method : reason}`];
  if (remedy) lines.push(`       to allow it: ${remedy}`);
  for (const limitation of limitations) {
    lines.push(`     - ${limitation.what}: ${limitation.reason}`, `       to allow it: ${limitation.remedy}`);
  }
  return lines.join('\n');
}
