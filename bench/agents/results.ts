import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { LightSocket } from './light-socket.js';
import { resultOf } from './workload.js';
import type { Bench, BenchTest } from './bench.js';
import { percentile } from './report.js';
import type { Usage } from './server.js';

const PER_SECOND = 500;
/** Results are sent in so many slices a second. */
const SLICES = 50;
const DELIVERY_AIM_MS = 100;
/** What the edits before have left to do is over by then, ms: it is measured by itself. */
const SETTLE_MS = 2000;
/** What the dashboard's live page selects. */
const RESULT_ADDED = `subscription ($testId: ID) { resultAdded(testId: $testId) { id sequence startedAt receivedAt status
  agent { id name status } target { id address } metrics { metric value unit errorBound }
  runs { probe status method durationMs error { code message } absent { metric reason } } } }`;

/** 500 results a second from as many agents as there are, one by one; a subscriber as the live page is hears of each. */
export async function sendResults(bench: Bench, test: BenchTest): Promise<void> {
  const { report, server } = bench;
  const subscriber = await LightSocket.open(server.url, bench.adminSecret);
  const sentAt = new Map<string, number>();
  const delays: number[] = [];
  const failures: string[] = [];
  subscriber.listen<{ resultAdded: { id: string } }>(
    RESULT_ADDED,
    { testId: test.id },
    ({ resultAdded }) => void delays.push(performance.now() - (sentAt.get(resultAdded.id) ?? NaN)),
    (reason) => failures.push(reason),
  );
  // An answered query says that the subscription before it stands: a socket's messages are taken in order.
  await subscriber.call('{ __typename }');
  await setTimeout(SETTLE_MS);
  await server.usage();
  const usage = ownUsage();
  const begin = performance.now();
  const acknowledgements = await sendSteadily(bench, test, sentAt);
  const took = (performance.now() - begin) / 1000;
  const used = await server.usage();
  const own = usage();
  for (let wait = 0; delays.length < sentAt.size && wait < 100; wait += 1) await setTimeout(100);
  report.line(
    'results',
    `${sentAt.size} in ${took.toFixed(1)} s (${(sentAt.size / took).toFixed(0)}/s), heard ${delays.length}, refused ${failures.length}`,
  );
  report.line(
    'acknowledged',
    `p50 ${percentile(acknowledgements, 0.5).toFixed(0)}, p95 ${percentile(acknowledgements, 0.95).toFixed(0)} ms`,
  );
  report.line(
    'at the subscriber',
    `p50 ${percentile(delays, 0.5).toFixed(0)}, p99 ${percentile(delays, 0.99).toFixed(0)}, at most ${Math.max(...delays).toFixed(0)} ms`,
  );
  report.judge('a result at a subscriber, p95', percentile(delays, 0.95), DELIVERY_AIM_MS, 'ms');
  report.judge('results that nobody heard of', sentAt.size - delays.length + failures.length, 1, 'results');
  report.usage('server under results and heartbeats', used, took);
  report.usage('the agents meanwhile', own, took);
  report.line('CPU a result', `${(used.cpuMs / sentAt.size).toFixed(2)} ms of the server, heartbeats included`);
  await subscriber.close();
}

/** What this process uses from now on: where it is late itself, the delays are not the server's alone. */
function ownUsage(): () => Usage {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const cpu = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    const lagMs = { p50: delay.percentile(50) / 1e6, p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 };
    delay.disable();
    return { rssBytes: process.memoryUsage.rss(), cpuMs: (user + system) / 1000, lagMs };
  };
}

async function sendSteadily({ swarm, seconds }: Bench, test: BenchTest, sentAt: Map<string, number>): Promise<number[]> {
  const acknowledgements: number[] = [];
  const open: Promise<void>[] = [];
  const begin = performance.now();
  let sent = 0;
  for (let slice = 1; slice <= seconds * SLICES; slice += 1) {
    for (; sent < (slice * PER_SECOND) / SLICES; sent += 1) {
      const agent = swarm.agents[(sent * 7919) % swarm.agents.length];
      const assigned = agent && swarm.assignments.get(agent)?.list.find(({ testId }) => testId === test.id);
      if (!agent || !assigned) throw new Error('an agent has lost its assignment');
      const result = resultOf(assigned, sent);
      const at = performance.now();
      sentAt.set(result.id, at);
      open.push(
        agent.submit([result]).then(({ submitResults }) => {
          if (submitResults.accepted.length !== 1) throw new Error(`a result was refused: ${JSON.stringify(submitResults)}`);
          acknowledgements.push(performance.now() - at);
        }),
      );
    }
    await setTimeout(Math.max(0, begin + (slice * 1000) / SLICES - performance.now()));
  }
  await Promise.all(open);
  return acknowledgements;
}
