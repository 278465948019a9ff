import type { Outcome, Outcomes } from './outcome.js';
import type { Counters, Reading } from './reading.js';

/** Growth of a counter, or why it says nothing. */
function growth(name: string, older: Counters, newer: Counters, field: string): Outcome {
  const [before, after] = [older[field], newer[field]];
  if (after === undefined || Number.isNaN(after)) return `${name} has no counter for this`;
  if (before === undefined) return `${name} had no counter for this at the previous reading`;
  return after >= before ? after - before : `the counter of ${name} went backwards: it was reset or it wrapped`;
}

function sumOf(outcomes: readonly Outcome[]): Outcome {
  let sum = 0;
  for (const outcome of outcomes) {
    if (typeof outcome === 'string') return outcome;
    sum += outcome;
  }
  return sum;
}

type Group = Readonly<Record<string, Counters>>;

/** Growth of a counter in each device that both readings have: one that came in between has no rate yet. */
function growths(older: Group, newer: Group, field: string): Outcome[] {
  return Object.entries(newer).flatMap(([name, counters]) => {
    const before = older[name];
    return before ? [growth(name, before, counters, field)] : [];
  });
}

/** Makes the rate of a counter over all devices of a group, or says why there is none. */
function groupRate(older: Group | undefined, newer: Group | undefined, seconds: number, missing: string): (field: string) => Outcome {
  if (!newer || Object.keys(newer).length === 0) return () => missing;
  if (!older || !Object.keys(newer).some((name) => name in older)) return () => 'there is no earlier reading of the same device';
  return (field) => {
    const sum = sumOf(growths(older, newer, field));
    return typeof sum === 'number' ? sum / seconds : sum;
  };
}

/**
 * Shares of the cores' time. The kernel may count idle and waiting time a little backwards (proc_stat(5)), which is no growth; the total must grow.
 */
function cpuRates(older: Counters | undefined, newer: Counters | undefined, missing: string): Outcomes {
  const ids = ['cpu.utilization', 'cpu.steal', 'cpu.iowait', 'cpu.softirq'] as const;
  const all = (reason: string): Outcomes => Object.fromEntries(ids.map((id) => [id, reason]));
  if (!newer) return all(missing);
  if (!older) return all('there is no earlier reading');
  const spent = (field: string): number => Math.max(0, (newer[field] ?? 0) - (older[field] ?? 0));
  const sum = (counters: Counters): number => Object.values(counters).reduce((total, ticks) => total + ticks, 0);
  if (sum(newer) < sum(older)) return all('the counter of the cores went backwards: it was reset or it wrapped');
  const total = Object.keys(newer).reduce((ticks, field) => ticks + spent(field), 0);
  if (total === 0) return all('no tick of the kernel passed since the previous reading');
  const share = (field: string): Outcome => (field in newer ? (100 * spent(field)) / total : 'this system does not tell');
  return {
    'cpu.utilization': (100 * (total - spent('idle') - spent('iowait'))) / total,
    'cpu.steal': share('steal'),
    'cpu.iowait': share('iowait'),
    'cpu.softirq': share('softirq'),
  };
}

function diskRates(older: Reading, newer: Reading, seconds: number): Outcomes {
  const missing = newer.missing.disks ?? 'this host shows no physical disk';
  const rate = groupRate(older.disks, newer.disks, seconds, missing);
  const busiest = (): Outcome => {
    const busy = growths(older.disks ?? {}, newer.disks ?? {}, 'busyMs');
    const backwards = busy.find((outcome) => typeof outcome === 'string');
    // The kernel counts busy time in its own ticks, which can pass 100 % of ours by one of them.
    return backwards ?? Math.min(100, Math.max(...busy.map(Number)) / (10 * seconds));
  };
  const operations = rate('reads');
  return {
    'disk.read_ops': operations,
    'disk.write_ops': rate('writes'),
    'disk.read': rate('read'),
    'disk.write': rate('written'),
    'disk.busy': typeof operations === 'string' ? operations : busiest(),
  };
}

function netRates(older: Reading, newer: Reading, seconds: number): Outcomes {
  const rate = groupRate(older.interfaces, newer.interfaces, seconds, newer.missing.interfaces ?? 'this host shows no network interface');
  return {
    'net.sent': rate('sent'),
    'net.received': rate('received'),
    'net.packets_sent': rate('packetsSent'),
    'net.packets_received': rate('packetsReceived'),
    'net.errors_in': rate('errorsIn'),
    'net.errors_out': rate('errorsOut'),
    'net.drops_in': rate('dropsIn'),
    'net.drops_out': rate('dropsOut'),
  };
}

function retransmitRate(older: Reading, newer: Reading): Outcome {
  if (!newer.tcp) return newer.missing.tcp ?? 'this system does not tell';
  if (!older.tcp) return 'there is no earlier reading';
  const [again, sent] = [growth('TCP', older.tcp, newer.tcp, 'retransmitted'), growth('TCP', older.tcp, newer.tcp, 'sent')];
  if (typeof again === 'string') return again;
  if (typeof sent === 'string') return sent;
  // The kernel leaves the segments sent again out of those sent (RFC 4022), so the share is of both.
  return again + sent === 0 ? 'the host sent no TCP segment since the previous reading' : (100 * again) / (again + sent);
}

/** Everything that is made of two readings: rates over the time between them, and shares of it. */
export function ratesBetween(older: Reading, newer: Reading): Outcomes {
  const seconds = (newer.at - older.at) / 1000;
  const single = (group: Counters | undefined): Group | undefined => (group ? { 'the kernel': group } : undefined);
  const kernel = groupRate(single(older.kernel), single(newer.kernel), seconds, newer.missing.kernel ?? 'this system does not tell');
  return {
    ...cpuRates(older.cpu, newer.cpu, newer.missing.cpu ?? 'this system does not tell'),
    'cpu.context_switches': kernel('contextSwitches'),
    'cpu.interrupts': kernel('interrupts'),
    ...diskRates(older, newer, seconds),
    ...netRates(older, newer, seconds),
    'net.tcp_retransmit_rate': retransmitRate(older, newer),
  };
}
