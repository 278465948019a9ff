import { connectionMetrics } from './metrics/connection.js';
import { handshakeMetrics } from './metrics/handshake.js';
import { transferMetrics } from './metrics/transfer.js';
import { defineMetrics } from '../sdk/metric.js';
import type { Numbers } from '../sdk/numbers.js';

/** What the tcp probe measures: handshakes, what the two ends agreed on, and how a transfer fared. All times are round trip. */
export const metrics = defineMetrics({ ...handshakeMetrics, ...connectionMetrics, ...transferMetrics });

/** Ids of the probe's metrics. */
export type TcpMetricId = keyof typeof metrics;
/** The collector of a run's numbers. */
export type TcpNumbers = Numbers<TcpMetricId>;
