import type { Resolved } from '../kernel/lookup.js';
import { runCommand, type CommandOutput } from '../sdk/command.js';
import { ProbeFailure } from '../sdk/error.js';
import type { AnswerKind } from './icmp-message.js';
import { MOST_TOOL_ROUNDS, portOf, type TracerouteSettings } from './settings.js';
import { parseMtr, parseTraceroute, type ToldProbe } from './tool-output.js';
import type { Sent } from './trace.js';
import { UNEVENTFUL, type Means, type Traced } from './traced.js';

interface Tool {
  readonly name: string;
  /** How often it is run. */
  times(settings: TracerouteSettings): number;
  args(settings: TracerouteSettings, resolved: Resolved): string[];
  parse(stdout: string): ToldProbe[];
}

/** Probes under way at once: three hops of five rounds, so that what overshoots does not use up the target's answers. */
const AT_ONCE = 16;
/** mtr(8) lets everybody send a round this often, s. */
const SHORTEST_ROUND_S = 1;

/** The resolved address is an IP address by now, so that nothing a person wrote can be taken for an option. */
const TOOLS: readonly Tool[] = [
  {
    name: 'traceroute',
    times: () => 1,
    args: (settings, { address, family }) => [
      ...['-n', '-e', family === 4 ? '-4' : '-6', ...SENT_BY_TRACEROUTE[settings.mode](portOf(settings))],
      ...['-q', String(Math.min(settings.rounds, MOST_TOOL_ROUNDS)), '-m', String(settings.maxHops), '-N', String(AT_ONCE)],
      ...['-w', String(settings.timeoutMs / 1000), '-t', String(settings.dscp << 2), '-F'],
      address,
      // A SYN has its own size.
      ...(settings.mode === 'tcp' ? [] : [String(settings.packetBytes)]),
    ],
    parse: parseTraceroute,
  },
  {
    name: 'mtr',
    // A round a run: of a later round it does not say which of several routers at a hop answered.
    times: ({ rounds }) => Math.min(rounds, MOST_TOOL_ROUNDS),
    args: (settings, { address, family }) => [
      ...['--raw', '-n', '-e', family === 4 ? '-4' : '-6', ...SENT_BY_MTR[settings.mode](portOf(settings))],
      ...['-c', '1', '-m', String(settings.maxHops), '-i', String(SHORTEST_ROUND_S)],
      ...['-G', String(Math.max(1, settings.timeoutMs / 1000)), '-Q', String(settings.dscp << 2)],
      ...(settings.mode === 'tcp' ? [] : ['-s', String(settings.packetBytes)]),
      address,
    ],
    parse: parseMtr,
  },
];

type Mode = TracerouteSettings['mode'];

/** -U keeps to one port, so that all probes are one flow. */
const SENT_BY_TRACEROUTE: Readonly<Record<Mode, (port: number) => string[]>> = {
  icmp: () => ['-I'],
  udp: (port) => ['-U', '-p', String(port)],
  tcp: (port) => ['-T', '-p', String(port)],
};
const SENT_BY_MTR: Readonly<Record<Mode, (port: number) => string[]>> = {
  icmp: () => [],
  udp: (port) => ['-u', '-P', String(port)],
  tcp: (port) => ['-T', '-P', String(port)],
};

/** ICMP codes of "unreachable" that traceroute(8) has letters for; those without are written `!<code>`. */
const CODES: Readonly<Record<4 | 6, Readonly<Record<string, number>>>> = {
  4: { '!N': 0, '!H': 1, '!P': 2, '!F': 4, '!S': 5, '!X': 13, '!V': 14, '!C': 15 },
  6: { '!N': 0, '!X': 1, '!S': 2, '!H': 3 },
};
const UNREACHABLE_TYPE = { 4: 3, 6: 1 } as const;

/** Half-width of the error of these programs, ms: they take the time themselves, before they send and once they were woken. */
const TOOL_ERROR_MS = 2;

/**
 * Traces with the first of traceroute(8) and mtr(8) that works here.
 *
 * @throws ProbeFailure UNSUPPORTED where neither is installed, or where something is asked for that neither does; PERMISSION where neither may send
 */
export async function traceByTool(
  settings: TracerouteSettings,
  resolved: Resolved,
  signal: AbortSignal,
): Promise<{ traced: Traced; means: Means }> {
  const refusals: ProbeFailure[] = [];
  for (const tool of TOOLS) {
    const told = await runTool(tool, settings, resolved, signal).catch((error: unknown) => {
      if (!(error instanceof ProbeFailure) || error.code === 'TIMEOUT') throw error;
      refusals.push(error);
      return undefined;
    });
    if (told) return { traced: tracedBy(told, resolved), means: meansOf(tool.name, settings) };
  }
  const code = refusals.find((refusal) => refusal.code !== 'UNSUPPORTED')?.code ?? 'UNSUPPORTED';
  throw new ProbeFailure(code, `no traceroute program works here: ${refusals.map(({ message }) => message).join('; ')}`);
}

async function runTool(tool: Tool, settings: TracerouteSettings, resolved: Resolved, signal: AbortSignal): Promise<ToldProbe[]> {
  const all: ToldProbe[] = [];
  for (let run = 0; run < tool.times(settings); run += 1) {
    const output = await runCommand(tool.name, tool.args(settings, resolved), signal);
    const told = tool.parse(output.stdout);
    if (told.length === 0) throw complaintOf(tool.name, output, resolved.address);
    all.push(...told);
  }
  return all;
}

function complaintOf(name: string, { stdout, stderr }: CommandOutput, address: string): ProbeFailure {
  const [complaint = ''] = (stderr || stdout).trim().split('\n');
  if (/not permitted|permission denied|privilege|must run as root/i.test(complaint)) {
    return new ProbeFailure('PERMISSION', `${name} may not send so here: ${complaint}`);
  }
  if (/unreachable/i.test(complaint)) return new ProbeFailure('UNREACHABLE', `${name} cannot reach ${address}: ${complaint}`);
  return new ProbeFailure('PROTOCOL', `${name} printed what cannot be read: "${complaint.slice(0, 200)}"`);
}

/** Times of a program are spans: they begin at 0. */
function tracedBy(told: readonly ToldProbe[], { address, family }: Resolved): Traced {
  const sent = told.map((probe, number): Sent => ({
    ...{ ttl: probe.ttl, round: 0, flow: 0, userStamp: 0, stamp: 0 },
    answer: probe.from === undefined ? undefined : { ...answerOf(probe, address, family), number, from: probe.from, labels: probe.labels },
  }));
  const ends = sent.filter(({ answer }) => answer !== undefined && answer.kind !== 'expired').map(({ ttl }) => ttl);
  const end = ends.length === 0 ? undefined : Math.min(...ends);
  const answered = sent.filter(({ answer }) => answer !== undefined).map(({ ttl }) => ttl);
  const farthest = Math.min(end ?? Infinity, Math.max(0, ...answered));
  return { ...UNEVENTFUL, sent, end, farthest };
}

type AnswerHead = Pick<NonNullable<Sent['answer']>, 'kind' | 'type' | 'code' | 'stamp' | 'tos' | 'ttl' | 'mtu'>;

function answerOf({ from, rttMs, mark }: ToldProbe, target: string, family: 4 | 6): AnswerHead {
  const common = { stamp: rttMs ?? NaN, tos: undefined, ttl: undefined, mtu: 0 };
  if (mark !== undefined) {
    const code = CODES[family][mark] ?? Number(/^!<(\d+)>$/.exec(mark)?.[1] ?? NaN);
    return { ...common, kind: 'unreachable', type: UNREACHABLE_TYPE[family], code };
  }
  const kind: AnswerKind = from === target ? 'reply' : 'expired';
  return { ...common, kind, type: 0, code: 0 };
}

function meansOf(name: string, settings: TracerouteSettings): Means {
  const sent = { icmp: 'ICMP echo', udp: 'UDP', tcp: 'TCP SYN' }[settings.mode];
  const flow = settings.mode === 'icmp' ? {} : { destinationPort: portOf(settings) };
  return { method: `${name} program, ${sent}, its own stamps`, seesQuotes: false, program: name, flow, errorMs: TOOL_ERROR_MS };
}
