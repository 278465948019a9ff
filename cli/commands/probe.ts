import { Command } from 'commander';
import { z } from 'zod';
import { builtInProbes, loadProbe, ProbeLoadError } from '../../probes/registry.js';
import type { Probe } from '../../probes/sdk/probe.js';
import { runProbe, type ProbeRun } from '../../probes/sdk/run.js';
import { parseTarget, type Target } from '../../probes/sdk/target.js';
import { runAsJson, runAsText } from '../probe-output.js';

interface Options {
  readonly settings?: string;
  readonly json?: boolean;
}

const DESCRIPTION = `measure once, without a server

NAME is ${builtInProbes.join(', ')}, or the package name or folder of a plug-in.
TARGET is host, host:port, [v6]:port or a URL.
The exit status is 0 when all went well, 1 when the measurement failed, 2 when the command line makes no sense.`;

/** `streamswarm probe`: one run of one probe. */
export function probeCommand(): Command {
  const command = new Command('probe')
    .description(DESCRIPTION)
    .argument('<name>', 'the probe')
    .argument('<target>', 'what to measure')
    .option('--settings <json>', 'settings of the probe, as in \'{"count": 20}\'')
    .option('--json', 'print one JSON object instead of a table');
  return command.action((name: string, target: string, options: Options) => runOnce(command, name, target, options));
}

async function runOnce(command: Command, name: string, targetText: string, options: Options): Promise<void> {
  const target = usable(command, () => measurable(targetText));
  const settings = usable(command, () => settingsOf(options.settings));
  const probe = await load(command, name);
  const deadlineMs = usable(command, () => probe.deadlineMs(settings));
  const run = await measure(probe, settings, target, deadlineMs);
  console.log(options.json ? runAsJson(run, targetText) : runAsText(probe, run, targetText));
  if (run.status !== 'OK') process.exitCode = 1;
}

/** What `read` gives, or the end of the command with what was wrong. @throws CommanderError */
function usable<T>(command: Command, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof z.ZodError) return command.error(`error: settings: ${settingsProblems(error)}`, { exitCode: 2 });
    if (error instanceof TypeError || error instanceof SyntaxError) return command.error(`error: ${error.message}`, { exitCode: 2 });
    throw error;
  }
}

function settingsProblems(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message)).join('; ');
}

function measurable(text: string): Target {
  const target = parseTarget(text);
  if (target.kind === 'AGENT') throw new TypeError(`target "${text}": only a server knows where an agent is; give its host instead`);
  return target;
}

function settingsOf(text: string | undefined): unknown {
  if (text === undefined) return {};
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TypeError(`--settings is not valid JSON (${reason}): write an object, as in '{"count": 20}'`, { cause: error });
  }
}

async function load(command: Command, name: string): Promise<Probe> {
  try {
    return await loadProbe(name);
  } catch (error) {
    if (!(error instanceof ProbeLoadError)) throw error;
    return command.error(`error: ${error.message} (ours are ${builtInProbes.join(', ')})`, { exitCode: 2 });
  }
}

function measure(probe: Probe, settings: unknown, target: Target, deadlineMs: number): Promise<ProbeRun> {
  const context = {
    target,
    signal: AbortSignal.timeout(Math.ceil(deadlineMs)),
    deadline: performance.now() + deadlineMs,
    seed: `${probe.name} ${target.address}`,
    cycle: { sendSlipsMs: [], receiveDrops: 0 },
  };
  return runProbe(probe, settings, context);
}
