import { defineMetrics } from '../../sdk/metric.js';

/** One file system, and the traffic of all physical disks. */
export const diskMetrics = defineMetrics({
  'disk.utilization': {
    unit: '%',
    kind: 'LEVEL',
    title: 'Disk utilization',
    description: 'Used space of the file system as a share of its size; absent when its path cannot be read.',
    lowerIsBetter: true,
  },
  'disk.used': {
    unit: 'B',
    kind: 'LEVEL',
    title: 'Disk used',
    description: 'Space in use on the file system; absent when its path cannot be read.',
    lowerIsBetter: true,
  },
  'disk.total': {
    unit: 'B',
    kind: 'LEVEL',
    title: 'Disk size',
    description: 'Size of the file system; absent when its path cannot be read.',
  },
  'disk.read_ops': {
    unit: '/s',
    kind: 'LEVEL',
    title: 'Disk reads',
    description:
      'Read operations a second of all physical disks since the previous reading; absent when none is seen or a counter went backwards.',
    standard: 'Linux I/O statistics (iostats.rst)',
  },
  'disk.write_ops': {
    unit: '/s',
    kind: 'LEVEL',
    title: 'Disk writes',
    description:
      'Write operations a second of all physical disks since the previous reading; absent when none is seen or a counter went backwards.',
    standard: 'Linux I/O statistics (iostats.rst)',
  },
  'disk.read': {
    unit: 'B/s',
    kind: 'LEVEL',
    title: 'Bytes read',
    description:
      'Bytes read a second from all physical disks since the previous reading; absent when none is seen or a counter went backwards.',
    standard: 'Linux I/O statistics (iostats.rst)',
  },
  'disk.write': {
    unit: 'B/s',
    kind: 'LEVEL',
    title: 'Bytes written',
    description:
      'Bytes written a second to all physical disks since the previous reading; absent when none is seen or a counter went backwards.',
    standard: 'Linux I/O statistics (iostats.rst)',
  },
  'disk.busy': {
    unit: '%',
    kind: 'LEVEL',
    title: 'Disk busy',
    description:
      'Share of time in which the busiest physical disk had I/O under way; absent when none is seen or a counter went backwards.',
    lowerIsBetter: true,
    standard: 'Linux I/O statistics (iostats.rst)',
  },
});
