import { threadId } from 'node:worker_threads';
import { command, mustRun, runNow } from './command.js';

const PREFIX = 'ssw';
const OURS = new RegExp(`^${PREFIX}-(\\d+)-`);

/** Hosts forward, answer without a limit of rate, let everybody use echo sockets, and are silent when nobody asks: counts then are exact. */
const SETTINGS: readonly (readonly [path: string, value: string])[] = [
  ['ipv4/ip_forward', '1'],
  // The mask and not icmp_ratelimit: a limit of 0 takes the tokens that an unreachable route's errors (ip_error in net/ipv4/route.c) share with it.
  ['ipv4/icmp_ratemask', '0'],
  ['ipv4/ping_group_range', '0 2147483647'],
  ['ipv4/conf/all/rp_filter', '0'],
  ['ipv4/conf/default/rp_filter', '0'],
  ['ipv6/conf/all/forwarding', '1'],
  ['ipv6/icmp/ratelimit', '0'],
  ['ipv6/conf/default/accept_dad', '0'],
  ['ipv6/conf/default/router_solicitations', '0'],
];

let labs = 0;

/** A name that no other lab of this process or another has: all namespaces of a lab begin with it. */
export function newLabName(): string {
  labs += 1;
  return `${PREFIX}-${process.pid}-${threadId}-${labs}`;
}

/** Makes a namespace with its loopback up and set for measuring. @throws Error when the system refuses */
export async function createNamespace(name: string): Promise<void> {
  await mustRun('ip', ['netns', 'add', name]);
  await mustRun('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
  const script = SETTINGS.map(([path, value]) => `echo '${value}' > /proc/sys/net/${path}`);
  await mustRun('ip', ['netns', 'exec', name, 'sh', '-ec', script.join('\n')]);
}

function pidsIn(listing: string): number[] {
  return listing
    .split('\n')
    .filter((line) => line !== '')
    .map(Number);
}

/** Kills what still runs in a namespace and removes it. Nothing happens where it is gone already. */
export async function removeNamespace(name: string): Promise<void> {
  const { stdout, code } = await command('ip', ['netns', 'pids', name]);
  if (code !== 0) return;
  for (const pid of pidsIn(stdout)) kill(pid);
  await command('ip', ['netns', 'del', name]);
}

/** The same, at once, for the end of the process. */
export function removeNamespaceNow(name: string): void {
  try {
    for (const pid of pidsIn(runNow('ip', ['netns', 'pids', name]))) kill(pid);
    runNow('ip', ['netns', 'del', name]);
  } catch (error) {
    // Nobody is left to take an error; the next lab removes what stays.
    process.stderr.write(`the lab could not remove ${name}: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function oursAmong(listing: string): string[] {
  return listing
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
    .filter((name) => OURS.test(name));
}

/** Names of all namespaces of labs, whoever made them. */
export async function labNamespaces(): Promise<string[]> {
  return oursAmong(await mustRun('ip', ['netns', 'list']));
}

/** The same, at once. */
export function labNamespacesNow(): string[] {
  return oursAmong(runNow('ip', ['netns', 'list']));
}

/** Removes the namespaces of labs whose process has died without doing so itself. Gives their names. */
export async function removeLeftovers(): Promise<string[]> {
  const orphans = (await labNamespaces()).filter((name) => !isAlive(Number(OURS.exec(name)?.[1])));
  for (const name of orphans) await removeNamespace(name);
  return orphans;
}
