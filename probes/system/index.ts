import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { defineProbe, type Json, type Limitation, type Measurement, type ProbeContext, type Support } from '../sdk/probe.js';
import { agentOutcomes } from './agent.js';
import { firstTimes, keepDetails, type KeptDetails } from './details/index.js';
import { diskSpace } from './disk-space.js';
import { linuxGauges, readLinux } from './linux.js';
import { metrics } from './metrics.js';
import { otherGauges, readOther } from './other.js';
import { readSource, splitOutcomes, type Outcomes, type SystemMetric } from './outcome.js';
import { ratesBetween } from './rates.js';
import { readingSchema, type Reading } from './reading.js';
import { systemSettings, type SystemSettings } from './settings.js';

const LINUX = process.platform === 'linux';
/** Time between the two readings of a run that has no earlier one. */
const FIRST_SPAN_MS = 1_000;
/** Readings nearer to each other say too little: the kernel counts the cores' time in steps of 10 ms. */
const SHORTEST_SPAN_MS = 500;
const DEADLINE_MS = 8_000;

/** What a run leaves for the next one. */
interface Memory {
  readonly reading: Reading;
  readonly details: KeptDetails;
}

const memorySchema = z.object({
  reading: readingSchema,
  details: z.custom<KeptDetails>((kept) => typeof kept === 'object' && kept !== null),
});

interface Observation {
  readonly reading: Reading;
  readonly outcomes: Outcomes;
}

async function observe({ interfaces }: SystemSettings): Promise<Observation> {
  return LINUX ? readLinux(interfaces) : { reading: await readOther(interfaces), outcomes: {} };
}

/** What the previous run left, unless another version wrote it or the system started anew since. */
function recall(memory: Json | undefined, { reading }: Observation): Memory | undefined {
  const parsed = memorySchema.safeParse(memory);
  if (!parsed.success) return undefined;
  const { boot, at } = parsed.data.reading;
  return boot === reading.boot && at < reading.at ? parsed.data : undefined;
}

/** A reading that is far enough from the earlier one (or from `first`, where there is none) to make rates with it. */
async function second(first: Observation, memory: Memory | undefined, settings: SystemSettings, signal: AbortSignal): Promise<Observation> {
  const span = memory ? first.reading.at - memory.reading.at : 0;
  const wait = (memory ? SHORTEST_SPAN_MS : FIRST_SPAN_MS) - span;
  if (wait <= 0) return first;
  await delay(wait, undefined, { signal });
  return observe(settings);
}

async function run(settings: SystemSettings, { cycle, memory: remembered, signal }: ProbeContext): Promise<Measurement<SystemMetric>> {
  signal.throwIfAborted();
  const first = await observe(settings);
  const memory = recall(remembered, first);
  const kept = memory?.details ?? { until: 0, details: null, times: firstTimes(first.reading, settings) };
  const { reading, outcomes } = await second(first, memory, settings, signal);
  const earlier = memory?.reading ?? first.reading;
  const [gauges, space] = await Promise.all([LINUX ? linuxGauges() : otherGauges(), diskSpace(settings.diskPath)]);
  const details = await keepDetails(kept, reading, settings, signal);
  const left: Memory = { reading, details };
  return {
    method: LINUX ? 'counters of /proc and /sys' : 'the systeminformation library',
    ...splitOutcomes({ ...outcomes, ...gauges, ...space, ...ratesBetween(earlier, reading), ...agentOutcomes(cycle) }),
    errorBounds: cycle.clock ? { 'clock.offset': cycle.clock.errorMs } : {},
    flow: { interfaces: Object.keys(reading.interfaces ?? {}), disks: Object.keys(reading.disks ?? {}), diskPath: settings.diskPath },
    details: toJson(details.details),
    memory: toJson(left),
  };
}

/** Readings and details are plain data by their types; fields that are undefined fall away. */
function toJson(data: object | null): Json {
  return JSON.parse(JSON.stringify(data)) as Json;
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
  metrics,
  settings: systemSettings,
  last: true,
  deadlineMs: () => DEADLINE_MS,
  supported,
  run,
});
