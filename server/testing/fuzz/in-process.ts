import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../config.js';
import type { FuzzReport } from './run.js';

const MOST_OUTPUT = 16 * 1024 * 1024;

/** Runs the fuzzer in a process of its own; `dist` is built before any test runs. @throws Error when the process crashes */
export async function fuzzInProcess(count: number, seed: number): Promise<FuzzReport> {
  const main = join(packageRoot(), 'dist', 'server', 'testing', 'fuzz', 'main.js');
  const args = ['--expose-gc', '--unhandled-rejections=strict', main, String(count), String(seed)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: MOST_OUTPUT });
  return JSON.parse(stdout) as FuzzReport;
}
