import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { performance, type EventLoopUtilization } from 'node:perf_hooks';
import { Counter, Gauge, type Registry } from 'prom-client';
import { AgentStatus } from '../entities/enums.js';
import { eventStreams } from '../event-stream.js';
import type { Core } from '../operations.js';
import { versionOfPackage } from './version.js';

/** What is asked of the sockets' side when somebody scrapes. */
export interface SocketCounts {
  /** Acknowledged sockets by the kind of their identity. */
  byKind(): Readonly<Record<string, number>>;
}

/** Adds what is looked up when somebody scrapes. */
export function addGauges(core: Core, sockets: SocketCounts): void {
  const { registry } = core.telemetry;
  const build = gauge(registry, 'build_info', 'Always 1; the labels say what runs.', ['version', 'node', 'database']);
  build.set({ version: versionOfPackage(), node: process.version, database: core.services.store.kind }, 1);
  gauge(registry, 'sockets', 'Open WebSockets, by the kind of who they belong to.', ['kind'], (own) => {
    own.reset();
    for (const [kind, count] of Object.entries(sockets.byKind())) own.set({ kind }, count);
  });
  gauge(registry, 'ingest_waiting', 'Submissions of results that wait for their commit.', [], (own) =>
    own.set(core.services.ingest.waiting),
  );
  addAgents(core, registry);
  addEvents(registry);
  addDatabase(core, registry);
  addEventLoop(registry);
}

function gauge<T extends string>(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly T[] = [],
  look?: (own: Gauge<T>) => Promise<void> | void,
): Gauge<T> {
  const collect = look && { collect: (): Promise<void> | void => look(made) };
  const made: Gauge<T> = new Gauge({ name: `streamswarm_${name}`, help, labelNames, registers: [registry], ...collect });
  return made;
}

const AGENTS = 'select id, case when disabled then 1 else 0 end as disabled from agent where deleted_at is null';

function addAgents({ services }: Core, registry: Registry): void {
  gauge(registry, 'agents', 'Agents that are not deleted, by status.', ['status'], async (own) => {
    for (const status of Object.values(AgentStatus)) own.set({ status }, 0);
    for (const { id, disabled } of await services.store.read<{ id: string; disabled: number }>(AGENTS)) {
      own.inc({ status: services.presence.statusOf({ id, disabled: disabled === 1, deletedAt: null }) });
    }
  });
}

/** The streams are those of the whole process: with several servers in one, which only tests have, each tells of all. */
function addEvents(registry: Registry): void {
  gauge(registry, 'event_streams', 'Subscriptions and followers that listen to events inside the server.', [], (own) =>
    own.set(eventStreams.open),
  );
  gauge(registry, 'events_waiting', 'Events that wait for slow subscribers.', [], (own) => own.set(eventStreams.waiting));
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

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    // The write-ahead log is not there before the first write.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

function addDatabase({ orm, config, services }: Core, registry: Registry): void {
  const used = 'database_connections_used';
  gauge(registry, used, "Connections of the mapper's pool that are in use.", [], (own) => {
    const pool = (orm.em.getConnection().getKnex().client as { pool?: { numUsed(): number } }).pool;
    if (pool) own.set(pool.numUsed());
  });
  if (services.store.kind === 'postgres') {
    gauge(registry, 'database_bytes', 'Size of the database, bytes.', [], async (own) => {
      const [row] = await services.store.read<{ bytes: number }>('select pg_database_size(current_database()) as bytes');
      if (row) own.set(row.bytes);
    });
    return;
  }
  const file = join(config.data, 'streamswarm.db');
  gauge(registry, 'database_bytes', 'Size of the database, bytes.', [], async (own) => {
    // By its pages: what is still in the write-ahead log is of it too.
    const [row] = await services.store.read<{ bytes: number }>(
      'select page_count * page_size as bytes from pragma_page_count(), pragma_page_size()',
    );
    if (row) own.set(row.bytes);
  });
  const log = 'Size of the write-ahead log, bytes; SQLite alone.';
  gauge(registry, 'database_wal_bytes', log, [], async (own) => own.set(await sizeOf(`${file}-wal`)));
}

function addEventLoop(registry: Registry): void {
  let before: EventLoopUtilization = performance.eventLoopUtilization();
  const help = 'Share of the time since the last scrape in which the event loop was busy, 0 to 1.';
  gauge(registry, 'event_loop_utilization', help, [], (own) => {
    const now = performance.eventLoopUtilization();
    own.set(performance.eventLoopUtilization(now, before).utilization);
    before = now;
  });
}
