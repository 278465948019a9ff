import { z } from 'zod';
import { defineMetrics } from '../../../../probes/sdk/metric.js';
import { defineProbe } from '../../../../probes/sdk/probe.js';

const metrics = defineMetrics({
  'reporter.slips': { unit: '1', kind: 'COUNT', title: 'Slips', description: 'Send slips of the cycle so far.' },
});

/** Reports what the other probes of its cycle left; the details hold all that it was told of the cycle. */
export default defineProbe({
  name: 'reporter',
  title: 'Reporter',
  description: 'Runs last.',
  version: '1.0.0',
  last: true,
  metrics,
  settings: z.object({}),
  deadlineMs: () => 5000,
  supported: () => ({ available: true, method: 'reporting' }),
  async run(_settings, { cycle }) {
    const { scheduleLagMs = null, clock = null, clockSteps = null } = cycle;
    return { method: 'reporting', metrics: { 'reporter.slips': cycle.sendSlipsMs.length }, details: { scheduleLagMs, clock, clockSteps } };
  },
});
