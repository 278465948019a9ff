import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { defineMetrics } from '../../../../probes/sdk/metric.js';
import { defineProbe } from '../../../../probes/sdk/probe.js';

const metrics = defineMetrics({
  'unruly.value': { unit: '1', kind: 'LEVEL', title: 'Value', description: 'Always 1.', lowerIsBetter: false },
});

const settings = z.object({
  behaviour: z.enum(['good', 'block', 'block-later', 'throw-later', 'exit']).describe('What it does wrong.'),
  once: z.string().optional().describe('A file: with it, only the first run misbehaves.'),
});

function blockForEver(): never {
  for (;;) Math.random();
}

async function misbehave(behaviour: z.output<typeof settings>['behaviour']): Promise<void> {
  switch (behaviour) {
    case 'block':
      return blockForEver();
    case 'block-later':
      await sleep(5);
      return blockForEver();
    case 'throw-later':
      setImmediate(() => {
        throw new Error('thrown where nobody catches');
      });
      return sleep(60_000);
    case 'exit':
      return process.exit(3);
    case 'good':
      return undefined;
  }
}

/** Does what a plug-in must not do. */
export default defineProbe({
  name: 'unruly',
  title: 'Unruly',
  description: 'Misbehaves on request.',
  version: '1.0.0',
  metrics,
  settings,
  deadlineMs: () => 300,
  supported: () => ({ available: true, method: 'misbehaving' }),
  async run({ behaviour, once }) {
    const first = once === undefined || !existsSync(once);
    if (once !== undefined) writeFileSync(once, '');
    if (first) await misbehave(behaviour);
    return { method: 'misbehaving', metrics: { 'unruly.value': 1 } };
  },
});
