import { performance, type EventLoopUtilization } from 'node:perf_hooks';
import { Counter, type Registry } from 'prom-client';
import { AgentStatus } from '../entities/enums.js';
import { eventStreams } from '../event-stream.js';
import type { Core } from '../operations.js';
import { addDatabase } from './database-gauges.js';
import { LookedUp } from './looked-up.js';
import { versionOfPackage } from './version.js';

/** What is asked of the sockets' side when somebody scrapes. */
export interface SocketCounts {
  /** Acknowledged sockets by the kind of their identity. */
  byKind(): Readonly<Record<string, number>>;
}

/** Adds what is looked up when somebody scrapes. */
export function addGauges(core: Core, sockets: SocketCounts, redis?: { ping(): Promise<unknown> }): void {
  const { registry, count } = core.telemetry;
  const gauges = new LookedUp(registry, count.lookUpFailures, core.log);
  const build = gauges.add('build_info', 'Always 1; the labels say what runs.', ['version', 'node', 'database'], () => undefined);
  build.set({ version: versionOfPackage(), node: process.version, database: core.services.store.kind }, 1);
  gauges.add('sockets', 'Open WebSockets, by the kind of who they belong to.', ['kind'], (own) => {
    own.reset();
    for (const [kind, count] of Object.entries(sockets.byKind())) own.set({ kind }, count);
  });
  gauges.add('ingest_waiting', 'Submissions of results that wait for their commit.', [], (own) => own.set(core.services.ingest.waiting));
  addAgents(core, gauges);
  addEvents(registry, gauges);
  addDatabase(core, gauges);
  if (redis) gauges.addUp('redis_up', 'Whether Redis answers, 1 or 0; only where the server has one.', () => redis.ping());
  addEventLoop(gauges);
}

const AGENTS = 'select id, case when disabled then 1 else 0 end as disabled from agent where deleted_at is null';

function addAgents({ services }: Core, gauges: LookedUp): void {
  gauges.add('agents', 'Agents that are not deleted, by status.', ['status'], async (own) => {
    const agents = await services.store.read<{ id: string; disabled: number }>(AGENTS);
    for (const status of Object.values(AgentStatus)) own.set({ status }, 0);
    for (const { id, disabled } of agents) {
      own.inc({ status: services.presence.statusOf({ id, disabled: disabled === 1, deletedAt: null }) });
    }
  });
}

/** The streams are those of the whole process: with several servers in one, which only tests have, each tells of all. */
function addEvents(registry: Registry, gauges: LookedUp): void {
  gauges.add('event_streams', 'Subscriptions and followers that listen to events inside the server.', [], (own) =>
    own.set(eventStreams.open),
  );
  gauges.add('events_waiting', 'Events that wait for slow subscribers.', [], (own) => own.set(eventStreams.waiting));
  const dropped: Counter = new Counter({
    name: 'streamswarm_events_dropped_total',
    help: 'Events that slow subscribers missed, since too many waited.',
    registers: [registry],
    collect: () => {
      dropped.reset();
      dropped.inc(eventStreams.dropped);
    },
  });
}

function addEventLoop(gauges: LookedUp): void {
  let before: EventLoopUtilization = performance.eventLoopUtilization();
  const help = 'Share of the time since the last scrape in which the event loop was busy, 0 to 1.';
  gauges.add('event_loop_utilization', help, [], (own) => {
    const now = performance.eventLoopUtilization();
    own.set(performance.eventLoopUtilization(now, before).utilization);
    before = now;
  });
}
