import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { ProbeFailure } from '../../../../probes/sdk/error.js';
import { defineMetrics } from '../../../../probes/sdk/metric.js';
import { defineProbe } from '../../../../probes/sdk/probe.js';

const metrics = defineMetrics({
  'sleeper.runs': {
    unit: '1',
    kind: 'COUNT',
    title: 'Runs',
    description: 'How often it has run for this test and target.',
    lowerIsBetter: false,
  },
});

const settings = z.object({
  ms: z.number().default(0).describe('How long it sleeps.'),
  deadlineMs: z.number().default(5000).describe('How long it may take.'),
  fails: z.boolean().default(false).describe('Whether its target fails.'),
});

/** Sleeps, and counts its runs by what the one before left. Ignores its signal, as a careless plug-in does. */
export default defineProbe({
  name: 'sleeper',
  title: 'Sleeper',
  description: 'Sleeps for a while.',
  version: '1.0.0',
  metrics,
  settings,
  deadlineMs: ({ deadlineMs }) => deadlineMs,
  supported: () => ({ available: true, method: 'sleeping' }),
  async run({ ms, fails }, { memory }) {
    const runs = (typeof memory === 'number' ? memory : 0) + 1;
    await setTimeout(ms);
    if (fails) throw new ProbeFailure('REFUSED', 'the target refused');
    return { method: 'sleeping', metrics: { 'sleeper.runs': runs }, memory: runs };
  },
});
