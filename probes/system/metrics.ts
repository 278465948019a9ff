import { defineMetrics } from '../sdk/metric.js';
import { cpuMetrics } from './metrics/cpu.js';
import { diskMetrics } from './metrics/disk.js';
import { hostMetrics } from './metrics/host.js';
import { memoryMetrics } from './metrics/memory.js';
import { netMetrics } from './metrics/net.js';

/** What `system` measures: the host under the agent, and how well the agent kept time on it. */
export const metrics = defineMetrics({ ...cpuMetrics, ...memoryMetrics, ...diskMetrics, ...netMetrics, ...hostMetrics });
