import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { command } from './command.js';
import type { ProbeRun } from '../sdk/run.js';

const COMPILED = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const DROPPED = ['--bounding-set=-net_raw', '--inh-caps=-net_raw'];

/** Why this host cannot take CAP_NET_RAW away from what it starts; undefined where it can. setpriv(1) is part of util-linux, and only root has one to lose. */
export function whyNoDrop(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root';
  return spawnSync('setpriv', ['--version']).status === 0 ? undefined : 'needs setpriv';
}

/** One run by the command line without CAP_NET_RAW: a failed one too, so that what fails says why. @throws Error with what was said when there is none */
export async function withoutNetRaw(probe: string, target: string, settings: object = {}): Promise<ProbeRun> {
  const args = [...DROPPED, process.execPath, COMPILED, 'probe', probe, target, '--settings', JSON.stringify(settings), '--json'];
  const { stdout, stderr, code } = await command('setpriv', args);
  if (stdout === '') throw new Error(`${probe} gave no run (exit status ${code}): ${stderr}`);
  return JSON.parse(stdout) as ProbeRun;
}
