import { defineMetrics } from '../../sdk/metric.js';

/** Processor: shares of the time between two readings of the counters, load and pressure. */
export const cpuMetrics = defineMetrics({
  'cpu.utilization': {
    unit: '%',
    kind: 'LEVEL',
    title: 'CPU utilization',
    description:
      "Share of all cores' time not spent idle or waiting for I/O since the previous reading, time stolen by the hypervisor included; absent when the counters went backwards.",
    lowerIsBetter: true,
    standard: 'proc_stat(5)',
  },
  'cpu.load.1m': {
    unit: '1',
    kind: 'LEVEL',
    title: 'Load, 1 min',
    description: 'Mean number of processes running or waiting over one minute; absent on Windows, which has no load average.',
    lowerIsBetter: true,
    standard: 'proc_loadavg(5)',
  },
  'cpu.load.5m': {
    unit: '1',
    kind: 'LEVEL',
    title: 'Load, 5 min',
    description: 'Mean number of processes running or waiting over five minutes; absent on Windows, which has no load average.',
    lowerIsBetter: true,
    standard: 'proc_loadavg(5)',
  },
  'cpu.load.15m': {
    unit: '1',
    kind: 'LEVEL',
    title: 'Load, 15 min',
    description: 'Mean number of processes running or waiting over fifteen minutes; absent on Windows, which has no load average.',
    lowerIsBetter: true,
    standard: 'proc_loadavg(5)',
  },
  'cpu.cores': {
    unit: '1',
    kind: 'LEVEL',
    title: 'CPU cores',
    description: 'Logical cores that are online; absent when the system does not tell.',
  },
  'cpu.frequency': {
    unit: 'Hz',
    kind: 'LEVEL',
    title: 'CPU frequency',
    description: 'Mean current frequency of the cores; absent where the machine does not tell it, as many virtual ones and ARM boards.',
  },
  'cpu.context_switches': {
    unit: '/s',
    kind: 'LEVEL',
    title: 'Context switches',
    description: 'Context switches a second since the previous reading; absent when the counter went backwards or the system has none.',
    standard: 'proc_stat(5)',
  },
  'cpu.interrupts': {
    unit: '/s',
    kind: 'LEVEL',
    title: 'Interrupts',
    description: 'Interrupts served a second since the previous reading; absent when the counter went backwards or the system has none.',
    standard: 'proc_stat(5)',
  },
  'cpu.steal': {
    unit: '%',
    kind: 'LEVEL',
    title: 'CPU stolen',
    description: 'Share of time in which the hypervisor ran something else while this machine had work; absent outside Linux.',
    lowerIsBetter: true,
    standard: 'proc_stat(5)',
  },
  'cpu.iowait': {
    unit: '%',
    kind: 'LEVEL',
    title: 'CPU waiting for I/O',
    description: 'Share of time in which cores were idle with I/O under way; absent outside Linux.',
    lowerIsBetter: true,
    standard: 'proc_stat(5)',
  },
  'cpu.softirq': {
    unit: '%',
    kind: 'LEVEL',
    title: 'CPU in soft interrupts',
    description: 'Share of time spent in soft interrupts, where the network stack does its work; absent outside Linux.',
    lowerIsBetter: true,
    standard: 'proc_stat(5)',
  },
  'cpu.pressure': {
    unit: '%',
    kind: 'LEVEL',
    title: 'CPU pressure',
    description:
      'Share of the last 10 s in which some task waited for a core; absent where the kernel keeps no pressure stall information.',
    lowerIsBetter: true,
    standard: 'Linux PSI',
  },
});
