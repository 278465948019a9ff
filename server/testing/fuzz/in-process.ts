import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../config.js';
import type { FuzzReport } from './run.js';

const MOST_OUTPUT = 16 * 1024 * 1024;

/** The seed of a run: STREAMSWARM_FUZZ_SEED, to have a run that failed again; else another one each time. @throws Error where that is no number */
export function fuzzSeed(given = process.env.STREAMSWARM_FUZZ_SEED): number {
  if (given === undefined || given === '') return Date.now() % 1_000_000;
  const seed = Number(given);
  if (!Number.isSafeInteger(seed)) throw new Error(`STREAMSWARM_FUZZ_SEED is "${given}": it must be a whole number`);
  return seed;
}

/** Runs the fuzzer in a process of its own; `dist` is built before any test runs. @throws Error when the process crashes */
export async function fuzzInProcess(count: number, seed: number): Promise<FuzzReport> {
  const main = join(packageRoot(), 'dist', 'server', 'testing', 'fuzz', 'main.js');
  const args = ['--expose-gc', '--unhandled-rejections=strict', main, String(count), String(seed)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: MOST_OUTPUT });
  return JSON.parse(stdout) as FuzzReport;
}
