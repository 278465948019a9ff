import { flowIdentity, sourceTo } from '../kernel/flow.js';
import type { Resolved } from '../kernel/lookup.js';
import { runCommand, type CommandOutput } from '../sdk/command.js';
import { meetNeighbour } from '../kernel/neighbour.js';
import { ProbeFailure } from '../sdk/error.js';
import type { Measurement, ProbeContext } from '../sdk/probe.js';
import { settings as settingsSchema, type PingSettings } from './settings.js';
import { summarize, type PingMetric } from './statistics.js';
import { parseFping, parsePing, type ToolReport } from './tool-output.js';

interface Tool {
  readonly name: string;
  args(settings: PingSettings, resolved: Resolved): string[];
  parse(output: CommandOutput): ToolReport | undefined;
}

/** ping(8) lets everybody send this often, ms. */
export const SHORTEST_FOR_PING_MS = 200;

/** The resolved address is an IP address by now, so that nothing a person wrote can be taken for an option. */
const TOOLS: readonly Tool[] = [
  {
    name: 'fping',
    args: ({ count, intervalMs, timeoutMs, payloadBytes, dscp }, { address, family }) => [
      family === 4 ? '-4' : '-6',
      ...['-q', '-C', String(count), '-p', String(Math.max(1, Math.round(intervalMs)))],
      // Without it a reply later than the spacing counts as lost.
      ...['-t', String(Math.round(timeoutMs)), '-b', String(payloadBytes), '-O', String(dscp << 2)],
      address,
    ],
    parse: ({ stderr }) => parseFping(stderr),
  },
  {
    name: 'ping',
    args: ({ count, intervalMs, timeoutMs, payloadBytes, dscp }, { address, family }) => [
      family === 4 ? '-4' : '-6',
      // Only root may go under 0.2 s (2 ms in newer releases).
      ...['-n', '-c', String(count), '-i', String(Math.max(intervalMs, SHORTEST_FOR_PING_MS) / 1000), '-W', String(timeoutMs / 1000)],
      ...['-s', String(payloadBytes), '-Q', String(dscp << 2)],
      address,
    ],
    parse: ({ stdout }) => parsePing(stdout),
  },
];

/** Half-width of the error of these programs beside their rounding, ms: they stamp their sending themselves (see bench/probes). */
const TOOL_ERROR_MS = 0.1;

/**
 * Pings with the first of fping(8) and ping(8) that works here.
 *
 * @throws ProbeFailure UNSUPPORTED where neither is installed, PERMISSION where neither may send
 */
export async function pingByTool(settings: PingSettings, resolved: Resolved, context: ProbeContext): Promise<Measurement<PingMetric>> {
  if (settings.flows > 1) throw new ProbeFailure('UNSUPPORTED', 'flows: several flows need an ICMP socket (setting "method": icmp)');
  if (settings.warmUp) await meetNeighbour(resolved, settings.dscp, context.signal);
  const refusals: ProbeFailure[] = [];
  for (const tool of TOOLS) {
    const report = await runTool(tool, settings, resolved, context).catch((error: unknown) => {
      if (!(error instanceof ProbeFailure) || !anotherMayWork(error)) throw error;
      refusals.push(error);
      return undefined;
    });
    if (report) return measurement(tool.name, report, settings, resolved);
  }
  const code = refusals.some((refusal) => refusal.code === 'PERMISSION') ? 'PERMISSION' : 'UNSUPPORTED';
  throw new ProbeFailure(code, `no ping program works here: ${refusals.map(({ message }) => message).join('; ')}`);
}

/** One echo to this host itself, which every program that may send gets back at once. */
const TRIAL = settingsSchema.parse({ count: 1, timeoutMs: 500 });
const OURSELVES: Resolved = { address: '127.0.0.1', family: 4 };
const TRIAL_MS = 3000;

/** The program that `pingByTool` would use on this host, found out by letting it ping this host; or why there is none. */
export async function findWorkingTool(): Promise<{ readonly name: string } | { readonly reason: string }> {
  const reasons: string[] = [];
  for (const tool of TOOLS) {
    try {
      await runTool(tool, TRIAL, OURSELVES, { signal: AbortSignal.timeout(TRIAL_MS) });
      return { name: tool.name };
    } catch (error) {
      if (!(error instanceof ProbeFailure)) throw error;
      // It could ask, and that is all there is to know: this host may have no loopback.
      if (!anotherMayWork(error) && error.code !== 'TIMEOUT') return { name: tool.name };
      reasons.push(error.message);
    }
  }
  return { reason: reasons.join('; ') };
}

/** What the network says is no fault of the program, and the next one would hear it too. */
function anotherMayWork({ code }: ProbeFailure): boolean {
  return code === 'UNSUPPORTED' || code === 'PERMISSION' || code === 'PROTOCOL';
}

async function runTool(
  tool: Tool,
  settings: PingSettings,
  resolved: Resolved,
  { signal }: Pick<ProbeContext, 'signal'>,
): Promise<ToolReport> {
  const output = await runCommand(tool.name, tool.args(settings, resolved), signal);
  const report = tool.parse(output);
  if (report) return report;
  const complaint = (output.stderr || output.stdout).trim().split('\n')[0] ?? '';
  throw toolFailure(tool.name, complaint, resolved.address);
}

function toolFailure(name: string, complaint: string, address: string): ProbeFailure {
  if (/not permitted|permission denied|must run as root|can't create socket/i.test(complaint)) {
    return new ProbeFailure('PERMISSION', `${name} may not send ICMP here: ${complaint}`);
  }
  if (/unreachable|no route to host/i.test(complaint))
    return new ProbeFailure('UNREACHABLE', `${name} cannot reach ${address}: ${complaint}`);
  return new ProbeFailure('PROTOCOL', `${name} printed what cannot be read: "${complaint.slice(0, 200)}"`);
}

function measurement(name: string, report: ToolReport, settings: PingSettings, resolved: Resolved): Measurement<PingMetric> {
  const summary = summarize({ ...report, ownDrops: 0, spoiled: 0, errorMs: TOOL_ERROR_MS + report.roundingMs });
  const silent = report.received === 0 && report.sent > 0;
  return {
    method: `${name} program, ICMPv${resolved.family}, its own stamps`,
    ...summary,
    flow: flowIdentity(resolved, { protocol: 'icmp', source: sourceTo(resolved, settings.dscp), dscp: settings.dscp }),
    failure: silent ? new ProbeFailure('TIMEOUT', `${resolved.address} answered none of ${report.sent} echo requests`) : undefined,
  };
}
