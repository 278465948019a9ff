import { monitorEventLoopDelay } from 'node:perf_hooks';
import { startServer } from '../../server/main.js';
import type { Usage } from './server.js';

/*
 * The measured server in a process of its own. Its folder and port are its arguments; its address goes to the parent, which asks for what it used
 * since the last time, and has it do the work that arrivals have left for later.
 */

const delay = monitorEventLoopDelay({ resolution: 10 });
delay.enable();
let cpu = process.cpuUsage();

function usage(): Usage {
  const { user, system } = process.cpuUsage(cpu);
  cpu = process.cpuUsage();
  const lagMs = { p50: delay.percentile(50) / 1e6, p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 };
  delay.reset();
  return { rssBytes: process.memoryUsage.rss(), cpuMs: (user + system) / 1000, lagMs };
}

const app = await startServer({ data: process.argv[2], port: Number(process.argv[3]), logLevel: 'error' });
/** Makes all rollups that are marked, also of buckets that are not closed yet. */
async function settle(): Promise<void> {
  await app.services.ingest.idle();
  await app.services.rollups.runAll();
}

process.on('message', ({ ask }: { readonly ask: 'usage' | 'settle' }) => {
  void (ask === 'settle' ? settle() : Promise.resolve()).then(() => process.send?.({ usage: usage() }));
});
process.send?.({ url: app.url, setupUrl: app.setupUrl });
