import { cpus, loadavg, uptime } from 'node:os';
import si from 'systeminformation';
import type { Outcomes } from './outcome.js';
import { monotonicMs, type Counters, type Reading } from './reading.js';

/** What `systeminformation` tells of memory, as far as we use it, in bytes. */
export type MemoryData = Pick<si.Systeminformation.MemData, 'total' | 'available' | 'buffers' | 'cached' | 'swaptotal' | 'swapused'>;

/** The cores' time, ms, in the fields that Node knows on every system. */
function cpuCounters(): Counters {
  const sum: Record<string, number> = {};
  for (const { times } of cpus()) {
    for (const [field, ms] of Object.entries(times))
      sum[field === 'sys' ? 'system' : field] = (sum[field === 'sys' ? 'system' : field] ?? 0) + ms;
  }
  return sum;
}

/** Counters of each interface; packets are not told. */
export function interfaceCounters(stats: readonly si.Systeminformation.NetworkStatsData[]): Readonly<Record<string, Counters>> {
  return Object.fromEntries(
    stats.map((stat) => [
      stat.iface,
      {
        received: stat.rx_bytes,
        sent: stat.tx_bytes,
        errorsIn: stat.rx_errors,
        errorsOut: stat.tx_errors,
        dropsIn: stat.rx_dropped,
        dropsOut: stat.tx_dropped,
      },
    ]),
  );
}

/** Memory and swap from what `systeminformation` tells. */
export function otherMemoryOutcomes(memory: MemoryData): Outcomes {
  const used = memory.total - memory.available;
  return {
    'memory.total': memory.total,
    'memory.available': memory.available,
    'memory.used': used,
    'memory.utilization': (100 * used) / memory.total,
    'memory.cached': memory.cached > 0 ? memory.cached : 'this system does not tell',
    'memory.buffers': memory.buffers > 0 ? memory.buffers : 'this system does not tell',
    'swap.total': memory.swaptotal,
    'swap.used': memory.swapused,
    'swap.utilization': memory.swaptotal > 0 ? (100 * memory.swapused) / memory.swaptotal : 'no swap',
  };
}

/** Reads the counters of a system other than Linux. Its boot is known by its uptime, to within ten seconds. */
export async function readOther(interfaces: readonly string[]): Promise<Reading> {
  const [stats, disks] = await Promise.all([si.networkStats(interfaces.length > 0 ? interfaces.join(',') : '*'), si.disksIO()]);
  const at = monotonicMs();
  const counted = stats.filter(({ iface }) => interfaces.includes(iface) || (interfaces.length === 0 && !/^lo\d*$/.test(iface)));
  return {
    at,
    boot: String(Math.round((Date.now() / 1000 - uptime()) / 10)),
    cpu: cpuCounters(),
    // The library gives null on systems where it cannot count disks.
    ...(disks ? { disks: { all: { reads: disks.rIO, writes: disks.wIO } } } : {}),
    interfaces: interfaceCounters(counted),
    missing: { disks: 'this system does not count the operations of its disks' },
  };
}

/** Reads what is a level at one moment, on a system other than Linux. */
export async function otherGauges(): Promise<Outcomes> {
  const [memory, speed] = await Promise.all([si.mem(), si.cpuCurrentSpeed()]);
  const [one, five, fifteen] = process.platform === 'win32' ? [] : loadavg();
  const noLoad = 'Windows has no load average';
  return {
    ...otherMemoryOutcomes(memory),
    'cpu.cores': cpus().length,
    'cpu.load.1m': one ?? noLoad,
    'cpu.load.5m': five ?? noLoad,
    'cpu.load.15m': fifteen ?? noLoad,
    'cpu.frequency': speed.avg > 0 ? speed.avg * 1e9 : 'this system does not tell the current frequency of its cores',
    'host.uptime': uptime() / 3600,
  };
}
