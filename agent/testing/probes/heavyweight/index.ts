import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { defineMetrics } from '../../../../probes/sdk/metric.js';
import { defineProbe } from '../../../../probes/sdk/probe.js';

const metrics = defineMetrics({
  'heavyweight.load': { unit: '1', kind: 'LEVEL', title: 'Load', description: 'Always 1.', lowerIsBetter: false },
});

const now = (): number => Number(process.hrtime.bigint()) / 1e6;

/** Loads the path for a while; its details say from when to when, ms of the monotonic clock. */
export default defineProbe({
  name: 'heavyweight',
  title: 'Heavyweight',
  description: 'Runs alone.',
  version: '1.0.0',
  heavy: true,
  metrics,
  settings: z.object({}),
  deadlineMs: () => 5000,
  supported: () => ({ available: false, reason: 'nothing to lift here', remedy: 'bring something heavy' }),
  async run(_settings, { cycle }) {
    const from = now();
    cycle.sendSlipsMs.push(1.5);
    await setTimeout(30);
    return { method: 'lifting', metrics: { 'heavyweight.load': 1 }, details: { from, until: now() } };
  },
});
