import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import type { Readable } from 'node:stream';
import { ProbeFailure } from './error.js';

/** What a tool of the operating system printed. */
export interface CommandOutput {
  readonly stdout: string;
  readonly stderr: string;
  /** Exit status; null where a signal ended it. */
  readonly status: number | null;
}

/** Output beyond this is cut: no tool of ours prints as much, bytes. */
const MOST_OUTPUT = 1 << 20;

/** Where a tool is that this user may run, by PATH; undefined where there is none. */
export function findTool(name: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false; // Not in this folder, or not for this user: the next one may have it.
      }
    });
}

/**
 * Runs a tool of the operating system: an argument array, no shell, in the C locale, killed when the signal aborts. What it prints beyond 1 MiB is dropped.
 * An exit status other than 0 is no failure here: `ping` says so that nobody answered.
 *
 * @throws ProbeFailure UNSUPPORTED where the tool is not installed, PERMISSION where it may not be run, TIMEOUT where the signal aborted
 */
export function runCommand(command: string, args: readonly string[], signal: AbortSignal): Promise<CommandOutput> {
  return new Promise((resolve, reject) => {
    // Looked up here: execvp(3) says EACCES, as for a tool that may not be run, when this user may not read one folder of PATH.
    const path = isAbsolute(command) ? command : findTool(command);
    if (path === undefined) return reject(new ProbeFailure('UNSUPPORTED', `${command} is not installed`));
    const child = started(command, path, args, signal);
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    child.once('error', (error) => reject(asFailure(command, error)));
    child.once('close', (status) => resolve({ stdout: stdout(), stderr: stderr(), status }));
  });
}

/** @throws ProbeFailure where Node says at once that it cannot be, as with EPERM: a program that brings a capability which this process may not have is not even begun. */
function started(
  command: string,
  path: string,
  args: readonly string[],
  signal: AbortSignal,
): ChildProcessByStdio<null, Readable, Readable> {
  // Not the whole environment: it may hold the agent's secrets, which are no business of a tool's.
  const env = { PATH: process.env.PATH, TMPDIR: process.env.TMPDIR, LC_ALL: 'C' };
  try {
    return spawn(path, [...args], { stdio: ['ignore', 'pipe', 'pipe'], env, signal, killSignal: 'SIGKILL' });
  } catch (error) {
    // Arguments that can be none are the probe's own fault.
    if (!(error instanceof Error) || (error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw asFailure(command, error);
  }
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    if (bytes < MOST_OUTPUT) chunks.push(chunk.subarray(0, MOST_OUTPUT - bytes));
    bytes += chunk.length;
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

function asFailure(command: string, error: NodeJS.ErrnoException): ProbeFailure {
  if (error.name === 'AbortError') return new ProbeFailure('TIMEOUT', `${command} did not end by the deadline`, { cause: error });
  if (error.code === 'ENOENT') return new ProbeFailure('UNSUPPORTED', `${command} is not installed`, { cause: error });
  return new ProbeFailure('PERMISSION', `${command} may not be run here (${error.code ?? error.message})`, { cause: error });
}
