import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Core } from '../operations.js';
import { useOfKnex } from '../services/store/knex-pool.js';
import type { LookedUp } from './looked-up.js';

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    // The write-ahead log is not there before the first write.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

/** Adds what is looked up of the database and of the connections to it. */
export function addDatabase(core: Core, gauges: LookedUp): void {
  const { config, services } = core;
  gauges.addUp('database_up', 'Whether the database answers, 1 or 0.', () => services.store.read('select 1 as up'));
  addPools(core, gauges);
  if (services.store.kind === 'postgres') {
    gauges.add('database_bytes', 'Size of the database, bytes.', [], async (own) => {
      const [row] = await services.store.read<{ bytes: number }>('select pg_database_size(current_database()) as bytes');
      if (row) own.set(row.bytes);
    });
    return;
  }
  const file = join(config.data, 'streamswarm.db');
  gauges.add('database_bytes', 'Size of the database, bytes.', [], async (own) => {
    // By its pages: what is still in the write-ahead log is of it too.
    const [row] = await services.store.read<{ bytes: number }>(
      'select page_count * page_size as bytes from pragma_page_count(), pragma_page_size()',
    );
    if (row) own.set(row.bytes);
  });
  const log = 'Size of the write-ahead log, bytes; SQLite alone.';
  gauges.add('database_wal_bytes', log, [], async (own) => own.set(await sizeOf(`${file}-wal`)));
}

function addPools({ orm, services }: Core, gauges: LookedUp): void {
  const pools = () => Object.entries({ mapper: useOfKnex(orm.em.getConnection().getKnex()), ...services.store.pools() });
  const told = [
    ['database_connections_used', 'Connections to the database that are in use, by pool.', 'used'],
    ['database_connections_most', 'Connections that each pool may have.', 'most'],
    ['database_connections_waiting', 'Who waits for a connection, by pool.', 'waiting'],
  ] as const;
  for (const [name, help, what] of told) {
    gauges.add(name, help, ['pool'], (own) => {
      for (const [pool, use] of pools()) own.set({ pool }, use[what]);
    });
  }
}
