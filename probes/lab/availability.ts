import { accessSync, constants } from 'node:fs';
import { kernelAvailability } from '../kernel/libc.js';
import { runNow } from './command.js';
import { newLabName, removeNamespaceNow } from './namespaces.js';

/** Whether this machine can hold a lab, and if not, what it lacks. */
export type LabAvailability = { readonly available: true } | { readonly available: false; readonly reason: string };

function text(error: unknown): string {
  return error instanceof Error ? (error.message.trim().split('\n').at(-1) ?? '') : String(error);
}

function namespaceProblem(): string | undefined {
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  const name = newLabName();
  try {
    runNow('ip', ['netns', 'add', name]);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return missing ? 'the program ip is missing: install iproute2' : `no network namespace can be made: ${text(error)}`;
  }
  removeNamespaceNow(name);
  return undefined;
}

function tunProblem(): string | undefined {
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK);
    return undefined;
  } catch (error) {
    return `/dev/net/tun cannot be opened (load the kernel module tun): ${text(error)}`;
  }
}

let known: LabAvailability | undefined;

/** What the lab needs: Linux with koffi, root, the program `ip` (iproute2), namespaces, /dev/net/tun. Tried once a process. */
export function labAvailability(): LabAvailability {
  if (known) return known;
  const kernel = kernelAvailability();
  const missing = kernel.available ? [namespaceProblem(), tunProblem()].filter((problem) => problem !== undefined) : [kernel.reason];
  known = missing.length === 0 ? { available: true } : { available: false, reason: missing.join('; ') };
  return known;
}

/** The name of a suite that needs the lab, with the reason where it is skipped. */
export function needsLab(name: string): string {
  const lab = labAvailability();
  return lab.available ? name : `${name} (skipped: ${lab.reason})`;
}
