import { connect } from 'node:net';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { z } from 'zod';
import { ProbeFailure } from '../error.js';
import { defineMetrics } from '../metric.js';
import { defineProbe, type Measurement, type Probe, type ProbeContext } from '../probe.js';

export const exampleMetrics = defineMetrics({
  'example.time': { unit: 'ms', kind: 'LEVEL', title: 'Connect time', description: 'Time to connect; absent when nothing answers.' },
  'example.sent': { unit: '1', kind: 'COUNT', title: 'Sent', description: 'Connections tried; absent when none could be.' },
  'example.answered': { unit: '1', kind: 'COUNT', title: 'Answered', description: 'Connections made; absent when none could be tried.' },
  'example.loss': {
    unit: '%',
    kind: 'RATIO',
    title: 'Loss',
    description: 'Share of the connections that were not made; absent when none could be tried.',
    numerator: 'example.answered',
    denominator: 'example.sent',
  },
  'example.extra': { unit: '1', kind: 'LEVEL', title: 'Extra', description: 'What this host does not have; always absent.' },
});

export const exampleSettings = z.object({
  count: z.int().min(1).max(10).default(2).describe('Connections to make'),
  name: z
    .string()
    .regex(/^[a-z]{0,20}$/)
    .default('')
    .describe('What to call the run'),
});

type ExampleId = keyof typeof exampleMetrics;
export type ExampleSettings = z.output<typeof exampleSettings>;
export type ExampleRun = (settings: ExampleSettings, context: ProbeContext) => Promise<Measurement<ExampleId>>;

async function connectOnce({ target, signal }: ProbeContext): Promise<void> {
  const socket = connect({ host: target.host, port: target.port ?? 80 });
  try {
    await once(socket, 'connect', { signal });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED')
      throw new ProbeFailure('REFUSED', 'nothing listens on that port', { cause: error });
    throw error;
  } finally {
    socket.destroy();
  }
}

/** What a good probe does: connects, cleans up after itself, tells why it fails. */
export const goodRun: ExampleRun = async ({ count }, context) => {
  const begin = performance.now();
  for (let index = 0; index < count; index += 1) await connectOnce(context);
  const metrics = {
    'example.time': (performance.now() - begin) / count,
    'example.sent': count,
    'example.answered': count,
    'example.loss': 0,
  };
  return { method: 'Node sockets', metrics, absent: { 'example.extra': 'this host has none' }, memory: { count } };
};

/** A small probe that passes the suite; tests of the suite replace its parts by bad ones. */
export function exampleProbe(run: ExampleRun = goodRun, settings: z.ZodObject = exampleSettings): Probe {
  return defineProbe({
    name: 'example',
    title: 'Example',
    description: 'Connects a few times.',
    version: '1.0.0',
    metrics: exampleMetrics,
    settings,
    deadlineMs: () => 5_000,
    supported: () => ({ available: true, method: 'Node sockets' }),
    run: (complete, context) => run(exampleSettings.loose().parse(complete), context),
  });
}
