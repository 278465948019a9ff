import { threadId } from 'node:worker_threads';
import { z } from 'zod';
import { routerBudgets } from '../../../../probes/kernel/router-budget.js';
import { defineMetrics } from '../../../../probes/sdk/metric.js';
import { defineProbe } from '../../../../probes/sdk/probe.js';

const metrics = defineMetrics({
  'spender.taken': { unit: '1', kind: 'COUNT', title: 'Taken', description: 'Answers of the router that it got a turn for.' },
});

/** Takes turns at a router, as a trace does, as often as it is told to; the details say in which thread. It rehearses by one turn at the router "rehearsed". */
export default defineProbe({
  name: 'spender',
  title: 'Spender',
  description: 'Takes what a router has left.',
  version: '1.0.0',
  metrics,
  settings: z.object({ router: z.string().max(100).default(''), times: z.int().min(0).max(100).default(0) }),
  deadlineMs: () => 5000,
  supported: () => ({ available: true, method: 'spending' }),
  async rehearse() {
    const budgets = routerBudgets();
    budgets.take(budgets.keyOf('rehearsed'), budgets.since());
  },
  async run({ router, times }) {
    const budgets = routerBudgets();
    const taken = Array.from({ length: times }, () => budgets.take(budgets.keyOf(router), budgets.since())).filter(Boolean);
    return { method: 'spending', metrics: { 'spender.taken': taken.length }, details: { thread: threadId } };
  },
});
