import { readdirSync, statSync } from 'node:fs';
import si from 'systeminformation';
import { readSource } from '../outcome.js';

/** One process, without its arguments, since people put passwords there. */
export interface ProcessShare {
  readonly pid: number;
  readonly name: string;
  readonly user: string;
  /** Of all cores together since the previous look, %. */
  readonly cpuPercent: number;
  /** Resident memory, bytes. */
  readonly memoryBytes: number;
}

/** The heaviest processes by CPU and by memory, the heaviest first. */
export interface TopProcesses {
  readonly byCpu: readonly ProcessShare[];
  readonly byMemory: readonly ProcessShare[];
}

/** Processor time of each process at one moment, in the kernel's ticks; processes that never ran are left out, so that many fit. */
export interface ProcessTimes {
  /** Of all cores together, idle or not. */
  readonly total: number;
  /** By process id and start time, since ids are used again. */
  readonly ticks: Readonly<Record<string, number>>;
}

/** What `/proc/PID/stat` says of a process: proc_pid_stat(5). */
export interface ProcessStat {
  readonly pid: number;
  readonly name: string;
  readonly ticks: number;
  readonly key: string;
  readonly pages: number;
}

/** Takes a line of `/proc/PID/stat` apart; a name may hold spaces and brackets. */
export function parseProcessStat(text: string): ProcessStat {
  const [open, close] = [text.indexOf('('), text.lastIndexOf(')')];
  const pid = Number.parseInt(text, 10);
  // The first field behind the name is the third of the manual page.
  const fields = text.slice(close + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3]);
  return { pid, name: text.slice(open + 1, close), ticks: field(14) + field(15), key: `${pid}:${field(22)}`, pages: field(24) };
}

/** All processes that can be seen; those that end meanwhile are left out. */
export function scanProcesses(): ProcessStat[] {
  const ids = readdirSync('/proc').filter((name) => name >= '0' && name < ':');
  return ids.flatMap((pid) => {
    const { text } = readSource(`/proc/${pid}/stat`);
    return text === undefined ? [] : [parseProcessStat(text)];
  });
}

/** What the next look at the processes is compared with. */
export function timesOf(processes: readonly ProcessStat[], total: number): ProcessTimes {
  return { total, ticks: Object.fromEntries(processes.filter(({ ticks }) => ticks > 0).map(({ key, ticks }) => [key, ticks])) };
}

const twoDigits = (percent: number): number => Math.round(percent * 100) / 100;

function firstBy<T>(all: readonly T[], count: number, weight: (one: T) => number): T[] {
  return [...all].sort((a, b) => weight(b) - weight(a)).slice(0, count);
}

function userOf(pid: number): string {
  const uid = statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid;
  if (uid === undefined) return 'unknown';
  const line = readSource('/etc/passwd').text?.match(new RegExp(`^([^:\n]+):[^:\n]*:${uid}:`, 'm'));
  return line?.[1] ?? String(uid);
}

function describe({ pid, name }: ProcessStat, cpuPercent: number): ProcessShare {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readSource(`/proc/${pid}/status`).text ?? '')?.[1];
  return { pid, name, user: userOf(pid), cpuPercent: twoDigits(cpuPercent), memoryBytes: Number(kilobytes ?? 0) * 1024 };
}

/** The heaviest processes of Linux between an earlier look and this one. A process that the earlier look did not see began since. */
export function heaviest(processes: readonly ProcessStat[], earlier: ProcessTimes, total: number, count: number): TopProcesses {
  const span = Math.max(1, total - earlier.total);
  const spent = ({ key, ticks }: ProcessStat): number => ticks - (earlier.ticks[key] ?? 0);
  const share = (process: ProcessStat): ProcessShare => describe(process, (100 * spent(process)) / span);
  return {
    byCpu: firstBy(processes, count, spent).map(share),
    byMemory: firstBy(processes, count, ({ pages }) => pages).map(share),
  };
}

/** The heaviest processes of another system. Dear: the library starts other programs. */
export async function otherTopProcesses(count: number): Promise<TopProcesses> {
  if (count === 0) return { byCpu: [], byMemory: [] };
  const { list } = await si.processes();
  const share = ({ pid, name, user, cpu, memRss }: (typeof list)[number]): ProcessShare => {
    return { pid, name, user, cpuPercent: twoDigits(cpu), memoryBytes: memRss * 1024 };
  };
  return { byCpu: firstBy(list, count, ({ cpu }) => cpu).map(share), byMemory: firstBy(list, count, ({ memRss }) => memRss).map(share) };
}
