import { setTimeout as delay } from 'node:timers/promises';
import { defineProbe, type Limitation, type Measurement, type ProbeContext, type Support } from '../sdk/probe.js';
import { agentOutcomes } from './agent.js';
import { HostDetails } from './details/index.js';
import { metrics } from './metrics.js';
import { observe, observeTogether, type Observation } from './observation.js';
import { readSource, splitOutcomes, type SystemMetric } from './outcome.js';
import { ratesBetween } from './rates.js';
import type { Reading } from './reading.js';
import { readingOf, textOf } from './recall.js';
import { systemSettings, type SystemSettings } from './settings.js';

const LINUX = process.platform === 'linux';
/** Time between the two readings of a run that has no earlier one. */
const FIRST_SPAN_MS = 1_000;
/** Readings nearer to each other say too little: the kernel counts the cores' time in steps of 10 ms. */
const SHORTEST_SPAN_MS = 500;
const DEADLINE_MS = 8_000;

/** Of this host, so the same for all tests of this thread. */
const hostDetails = new HostDetails();

/** The earlier reading, unless the system started anew since. */
function earlierThan({ reading }: Observation, earlier: Reading | undefined): Reading | undefined {
  return earlier && earlier.boot === reading.boot && earlier.at < reading.at ? earlier : undefined;
}

/** Two readings that are far enough from each other to make rates of: the previous run's, where it left one, and one of now. */
async function span(
  settings: SystemSettings,
  left: Reading | undefined,
  signal: AbortSignal,
): Promise<{ earlier: Reading; now: Observation }> {
  const first = await (left ? observeTogether(settings, left.at + SHORTEST_SPAN_MS) : observe(settings));
  const earlier = earlierThan(first, left);
  hostDetails.begin(first.reading, settings);
  const wait = earlier ? SHORTEST_SPAN_MS - (first.reading.at - earlier.at) : FIRST_SPAN_MS;
  if (earlier && wait <= 0) return { earlier, now: first };
  await delay(wait, undefined, { signal });
  return { earlier: earlier ?? first.reading, now: await observe(settings) };
}

async function run(settings: SystemSettings, { cycle, memory, signal }: ProbeContext): Promise<Measurement<SystemMetric>> {
  signal.throwIfAborted();
  const { earlier, now } = await span(settings, readingOf(memory), signal);
  const { reading, outcomes } = now;
  const details = await hostDetails.current(reading, settings, signal);
  return {
    method: LINUX ? 'counters of /proc and /sys' : 'the systeminformation library',
    ...splitOutcomes({ ...outcomes, ...ratesBetween(earlier, reading), ...agentOutcomes(cycle) }),
    errorBounds: cycle.clock ? { 'clock.offset': cycle.clock.errorMs } : {},
    flow: { interfaces: Object.keys(reading.interfaces ?? {}), disks: Object.keys(reading.disks ?? {}), diskPath: settings.diskPath },
    details,
    memory: textOf(reading),
  };
}

function limitations(): Limitation[] {
  const pressure = readSource('/proc/pressure/cpu');
  if (pressure.reason === undefined) return [];
  return [{ what: 'cpu.pressure', reason: pressure.reason, remedy: 'start a kernel 4.20 or newer with psi=1' }];
}

function supported(): Support {
  if (LINUX) return { available: true, method: 'counters of /proc and /sys', limitations: limitations() };
  const remedy = 'run the agent on Linux for all of them';
  const lacking = { what: 'interrupts, pressure, steal and TCP counters', reason: `${process.platform} does not tell them`, remedy };
  return { available: true, method: 'the systeminformation library', limitations: [lacking] };
}

export default defineProbe({
  name: 'system',
  title: 'System',
  description: 'Measures the host under the agent: processor, memory, disks, network interfaces, and how well the agent itself kept time.',
  version: '1.0.0',
  sharesStart: { unless: [] },
  metrics,
  settings: systemSettings,
  last: true,
  deadlineMs: () => DEADLINE_MS,
  supported,
  run,
});
