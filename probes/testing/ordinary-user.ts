import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ProbeRunnerConfig } from '../lab/probe-runner.js';
import type { ProbeRun } from '../sdk/run.js';

const RUNNER = fileURLToPath(new URL('../../dist/probes/lab/probe-runner.js', import.meta.url));
/** User and group `nobody` of Linux, who owns nothing. */
const NOBODY = '65534';
/** What setpriv(1) is told so that what it starts is an ordinary user's, with no capability and no way to get one: not even from a program's file. */
const DROPPED = ['--reuid', NOBODY, '--regid', NOBODY, '--clear-groups', '--bounding-set', '-all', '--inh-caps', '-all'];

/** Runs a program on a host of a lab, or here. */
export type Run = (program: string, args: readonly string[]) => Promise<{ readonly stdout: string; readonly stderr: string }>;

/** Why this host cannot let an ordinary user measure; undefined where it can. */
export function whyNoOrdinaryUser(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root, to be somebody else';
  const reads = [process.execPath, '--input-type=module', '--eval', `await import(${JSON.stringify(RUNNER)})`, '{}'];
  const { error, stderr } = spawnSync('setpriv', [...DROPPED, ...reads], { encoding: 'utf8' });
  if (error) return 'the program setpriv is missing: install util-linux';
  // The runner itself complains of an order that is none; what nobody may read is told otherwise.
  return /EACCES|permission denied/i.test(stderr) ? 'the user nobody may not read this folder' : undefined;
}

/** One run of a probe as an ordinary user. @throws Error with what was said when there is none */
export async function asOrdinaryUser(run: Run, probe: string, target: string, settings: object): Promise<ProbeRun> {
  const config: ProbeRunnerConfig = { probe, target, settings: { ...settings }, times: 1, blockLoop: false };
  const { stdout, stderr } = await run('setpriv', [...DROPPED, process.execPath, RUNNER, JSON.stringify(config)]);
  if (stdout === '') throw new Error(`${probe} gave no run: ${stderr}`);
  return (JSON.parse(stdout) as { readonly run: ProbeRun }).run;
}
