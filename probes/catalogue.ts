import { metrics as bandwidth } from './bandwidth/metrics.js';
import { metrics as dns } from './dns/metrics.js';
import { metrics as http } from './http/metrics.js';
import { metrics as mtu } from './mtu/metrics.js';
import { metrics as ping } from './ping/metrics.js';
import { metrics as qos } from './qos/metrics.js';
import { listMetrics, type Metric, type MetricTable } from './sdk/metric.js';
import { metrics as sensors } from './sensors/metrics.js';
import { metrics as system } from './system/metrics.js';
import { metrics as tcp } from './tcp/metrics.js';
import { metrics as traceroute } from './traceroute/metrics.js';
import { metrics as udp } from './udp/metrics.js';
import { metrics as wireless } from './wireless/metrics.js';

/** One probe of ours: its name, its title, and the metrics that it declares (without the `<name>.ok` that the SDK adds). */
export interface ProbeMetrics {
  readonly name: string;
  readonly title: string;
  readonly metrics: MetricTable;
}

/** Our probes and what each measures, in the order in which people see them. Data only: importing it loads no probe. */
export const PROBE_CATALOGUE: readonly ProbeMetrics[] = [
  { name: 'ping', title: 'Ping', metrics: ping },
  { name: 'traceroute', title: 'Traceroute', metrics: traceroute },
  { name: 'tcp', title: 'TCP', metrics: tcp },
  { name: 'qos', title: 'QoS', metrics: qos },
  { name: 'bandwidth', title: 'Bandwidth', metrics: bandwidth },
  { name: 'udp', title: 'UDP', metrics: udp },
  { name: 'mtu', title: 'Path MTU', metrics: mtu },
  { name: 'dns', title: 'DNS', metrics: dns },
  { name: 'http', title: 'HTTP', metrics: http },
  { name: 'system', title: 'System', metrics: system },
  { name: 'sensors', title: 'Sensors', metrics: sensors },
  { name: 'wireless', title: 'Wireless', metrics: wireless },
];

/** Every metric of our probes, `<probe>.ok` first in each. */
export const CATALOGUE: readonly Metric[] = PROBE_CATALOGUE.flatMap(({ name, title, metrics }) => listMetrics(name, title, metrics));
