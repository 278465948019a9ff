import { defineMetrics } from '../sdk/metric.js';

/** What `sensors` measures: temperatures, fans, power and the health of drives, memory and network hardware. */
export const metrics = defineMetrics({
  'sensors.cpu_temperature': {
    unit: 'Cel',
    kind: 'LEVEL',
    title: 'CPU temperature',
    description: 'Temperature of the hottest CPU sensor; absent where the machine has none, as most virtual ones.',
    lowerIsBetter: true,
  },
  'sensors.disk_temperature': {
    unit: 'Cel',
    kind: 'LEVEL',
    title: 'Disk temperature',
    description: 'Temperature of the hottest disk; absent when no disk tells its own.',
    lowerIsBetter: true,
  },
  'sensors.fan.min': {
    unit: '/min',
    kind: 'LEVEL',
    title: 'Slowest fan',
    description: 'Revolutions per minute of the slowest fan, each fan standing in the details; absent where no fan is measured.',
  },
  'sensors.power': {
    unit: 'W',
    kind: 'LEVEL',
    title: 'Power',
    description: 'Power drawn according to RAPL or a power meter; absent where neither exists or is readable.',
    lowerIsBetter: true,
  },
  'sensors.smart.failing': {
    unit: '1',
    kind: 'LEVEL',
    title: 'Failing drives',
    description: 'Drives whose SMART self-assessment fails, each drive standing in the details; absent when no drive could be asked.',
    lowerIsBetter: true,
  },
  'sensors.memory_errors': {
    unit: '/h',
    kind: 'LEVEL',
    title: 'Memory errors',
    description:
      'Corrected and uncorrected ECC errors an hour since the previous reading; absent without ECC reporting (EDAC) or an earlier reading.',
    lowerIsBetter: true,
  },
  'sensors.nic_errors': {
    unit: '/s',
    kind: 'LEVEL',
    title: 'Network hardware errors',
    description:
      "Errors of the physical layer (CRC, symbol) a second by the driver's own counters; absent when no driver has such counters or no earlier reading exists.",
    lowerIsBetter: true,
  },
});
