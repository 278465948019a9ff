import { existsSync, readdirSync } from 'node:fs';
import { memoryOutcomes } from './parse/meminfo.js';
import { parseCpuinfoFrequency, parseLoads, parsePressure, parseStat } from './parse/stat.js';
import { parseDiskstats, parseNetDev, parseSnmp } from './parse/traffic.js';
import { mapOutcome, outcomeOf, readSource, type Outcome, type Outcomes, type Source } from './outcome.js';
import { monotonicMs, type Counters, type Reading } from './reading.js';

type Group = Readonly<Record<string, Counters>>;

const pick = (group: Group, wanted: (name: string) => boolean): Group =>
  Object.fromEntries(Object.entries(group).filter(([name]) => wanted(name)));

/** What was found out of a name is true for so long, ms: devices come and go, but seldom. */
const DEVICE_KNOWN_MS = 60_000;
const devices = new Map<string, { readonly has: boolean; readonly untilMs: number }>();

/** Whether a folder of /sys has a device behind it. */
function hasDevice(folder: string): boolean {
  const now = monotonicMs();
  const known = devices.get(folder);
  if (known && now < known.untilMs) return known.has;
  const has = existsSync(`${folder}/device`);
  devices.set(folder, { has, untilMs: now + DEVICE_KNOWN_MS });
  return has;
}

/** Disks with a device behind them: loop devices, RAM disks and what is layered on other disks would count twice. */
function physicalDisks(group: Group): Group {
  return pick(group, (name) => hasDevice(`/sys/block/${name}`));
}

/**
 * The interfaces that are counted: the wanted ones, else those with a device behind them, else (in a container, where none has) all but loopback.
 * Bridges, bonds and tunnels would count the same bytes twice.
 */
function countedInterfaces(group: Group, wanted: readonly string[]): Group {
  if (wanted.length > 0) return pick(group, (name) => wanted.includes(name));
  const physical = pick(group, (name) => hasDevice(`/sys/class/net/${name}`));
  return Object.keys(physical).length > 0 ? physical : pick(group, (name) => name !== 'lo');
}

function tcpCounters(text: string): Counters | undefined {
  const tcp = parseSnmp(text, 'Tcp');
  const [retransmitted, sent, established] = [tcp?.get('RetransSegs'), tcp?.get('OutSegs'), tcp?.get('CurrEstab')];
  if (retransmitted === undefined || sent === undefined || established === undefined) return undefined;
  return { retransmitted, sent, established };
}

function parsed<T>(source: Source, group: string, parse: (text: string) => T, missing: Record<string, string>): T | undefined {
  if (source.reason === undefined) return parse(source.text);
  missing[group] = source.reason;
  return undefined;
}

/** A reading of Linux with the gauges that come from the same files, so that none is read twice. */
export interface LinuxReading {
  readonly reading: Reading;
  readonly outcomes: Outcomes;
}

/** Reads all counters. A few small files of /proc: well under a millisecond. */
export function readLinux(interfaces: readonly string[]): LinuxReading {
  const missing: Record<string, string> = {};
  const at = monotonicMs();
  const stat = parsed(readSource('/proc/stat'), 'cpu', parseStat, missing);
  const tcp = parsed(readSource('/proc/net/snmp'), 'tcp', tcpCounters, missing);
  const reading: Reading = {
    at,
    boot: readSource('/proc/sys/kernel/random/boot_id').text?.trim() ?? 'unknown',
    cpu: stat?.cpu,
    kernel: stat?.kernel,
    tcp,
    disks: parsed(readSource('/proc/diskstats'), 'disks', (text) => physicalDisks(parseDiskstats(text)), missing),
    interfaces: parsed(readSource('/proc/net/dev'), 'interfaces', (text) => countedInterfaces(parseNetDev(text), interfaces), missing),
    missing: missing.cpu === undefined ? missing : { ...missing, kernel: missing.cpu },
  };
  return {
    reading,
    outcomes: {
      'cpu.cores': stat?.cores ?? missing.cpu,
      'net.tcp_connections': tcp?.established ?? missing.tcp ?? '/proc/net/snmp does not say',
    },
  };
}

const POLICIES = '/sys/devices/system/cpu/cpufreq';

/** Mean of the frequency policies, Hz; where the machine has none, what the cores counted themselves. */
function frequency(): Outcome {
  const policies = existsSync(POLICIES) ? readdirSync(POLICIES).filter((name) => name.startsWith('policy')) : [];
  const kilohertz = policies
    .map((name) => readSource(`${POLICIES}/${name}/scaling_cur_freq`).text)
    .filter((text) => text !== undefined)
    .map(Number);
  if (kilohertz.length > 0) return (kilohertz.reduce((sum, value) => sum + value, 0) / kilohertz.length) * 1000;
  const counted = outcomeOf('/proc/cpuinfo', (text) => parseCpuinfoFrequency(text));
  return typeof counted === 'number' ? counted : 'no cpufreq: this machine does not tell the current frequency of its cores';
}

function loads(): Outcomes {
  const { text, reason } = readSource('/proc/loadavg');
  const [one, five, fifteen] = reason === undefined ? parseLoads(text) : [reason, reason, reason];
  return { 'cpu.load.1m': one, 'cpu.load.5m': five, 'cpu.load.15m': fifteen };
}

function memory(): Outcomes {
  const { text } = readSource('/proc/meminfo');
  return text === undefined ? {} : memoryOutcomes(text);
}

const CONNTRACK = '/proc/sys/net/netfilter/nf_conntrack';

function conntrack(): Outcome {
  if (!existsSync(`${CONNTRACK}_max`)) return 'no connection tracking: the module nf_conntrack is not loaded';
  const entries = outcomeOf(`${CONNTRACK}_count`, Number);
  const most = outcomeOf(`${CONNTRACK}_max`, Number);
  return mapOutcome(entries, (count) => mapOutcome(most, (limit) => (limit > 0 ? (100 * count) / limit : 'the table has no maximum')));
}

/** Reads what is a level at one moment: load, memory, processes, tables. */
export function linuxGauges(): Outcomes {
  return {
    ...loads(),
    ...memory(),
    'cpu.frequency': frequency(),
    'cpu.pressure': outcomeOf('/proc/pressure/cpu', parsePressure),
    'process.count': readdirSync('/proc').filter((name) => name >= '0' && name < ':').length,
    'process.open_files': outcomeOf('/proc/sys/fs/file-nr', (text) => Number.parseInt(text, 10)),
    'host.uptime': outcomeOf('/proc/uptime', (text) => Number.parseFloat(text) / 3600),
    'net.conntrack.utilization': conntrack(),
  };
}
