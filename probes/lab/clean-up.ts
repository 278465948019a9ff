import type { LabChild } from './child.js';
import { labNamespacesNow, removeNamespaceNow } from './namespaces.js';

/** What must go when the process goes. */
export interface Grip {
  readonly name: string;
  readonly namespaces: readonly string[];
  readonly children: ReadonlySet<LabChild>;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const held = new Map<string, Grip>();
let watching = false;

function letGoOfAll(): void {
  const existing = held.size > 0 ? new Set(labNamespacesNow()) : new Set();
  for (const { namespaces, children } of held.values()) {
    for (const child of children) child.kill();
    for (const namespace of namespaces) if (existing.has(namespace)) removeNamespaceNow(namespace);
  }
  held.clear();
}

function onSignal(signal: NodeJS.Signals): void {
  letGoOfAll();
  // The signal then does what it would have done without the lab.
  for (const each of SIGNALS) process.off(each, onSignal);
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}

/** Takes care that a lab goes with the process, however that ends; what SIGKILL leaves behind, the next lab removes. */
export function guard(grip: Grip): void {
  held.set(grip.name, grip);
  if (watching) return;
  watching = true;
  process.on('exit', letGoOfAll);
  for (const signal of SIGNALS) process.on(signal, onSignal);
}

/** A lab that has removed itself. */
export function release(name: string): void {
  held.delete(name);
}
