import { defineMetrics } from '../../sdk/metric.js';

/** Memory and swap. */
export const memoryMetrics = defineMetrics({
  'memory.utilization': {
    unit: '%',
    kind: 'LEVEL',
    title: 'Memory utilization',
    description: 'Used memory as a share of the total; absent when either is.',
    lowerIsBetter: true,
  },
  'memory.used': {
    unit: 'B',
    kind: 'LEVEL',
    title: 'Memory used',
    description: 'Memory that is in use and could not be had for the asking: total less available; absent when either is.',
    lowerIsBetter: true,
  },
  'memory.total': {
    unit: 'B',
    kind: 'LEVEL',
    title: 'Memory installed',
    description: 'Memory that the system can use; absent when the system does not tell.',
    standard: 'proc_meminfo(5)',
  },
  'memory.available': {
    unit: 'B',
    kind: 'LEVEL',
    title: 'Memory available',
    description: 'Memory that new work could have without swapping; absent on kernels that do not estimate it.',
    lowerIsBetter: false,
    standard: 'proc_meminfo(5)',
  },
  'memory.cached': {
    unit: 'B',
    kind: 'LEVEL',
    title: 'Page cache',
    description: 'Memory that holds file contents, given back when it is needed; absent where the system does not tell.',
    standard: 'proc_meminfo(5)',
  },
  'memory.buffers': {
    unit: 'B',
    kind: 'LEVEL',
    title: 'Buffers',
    description: 'Memory that holds raw blocks and file system metadata; absent where the system does not tell.',
    standard: 'proc_meminfo(5)',
  },
  'memory.shared': {
    unit: 'B',
    kind: 'LEVEL',
    title: 'Shared memory',
    description: 'Memory of shared segments and tmpfs, which swapping alone can free; absent where the system does not tell.',
    standard: 'proc_meminfo(5)',
  },
  'swap.total': {
    unit: 'B',
    kind: 'LEVEL',
    title: 'Swap size',
    description: 'Size of all swap areas, 0 where there is none; absent when the system does not tell.',
    standard: 'proc_meminfo(5)',
  },
  'swap.used': {
    unit: 'B',
    kind: 'LEVEL',
    title: 'Swap used',
    description: 'Swap in use, 0 where there is none; absent when the system does not tell.',
    lowerIsBetter: true,
  },
  'swap.utilization': {
    unit: '%',
    kind: 'LEVEL',
    title: 'Swap utilization',
    description: 'Swap in use as a share of its size; absent when there is no swap.',
    lowerIsBetter: true,
  },
});
