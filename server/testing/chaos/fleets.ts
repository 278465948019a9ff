import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cluster } from '../cluster.js';
import { freePort } from '../program.js';
import { Replica } from '../replica.js';
import { storedIn, type Fleet } from './fleet.js';

/** Three servers on PostgreSQL and Redis behind nginx: each of the servers and both databases may be killed. */
export async function clusterFleet(): Promise<Fleet> {
  const cluster = await Cluster.start();
  return {
    url: cluster.url,
    setUp: cluster.prints(),
    victims: [
      ...cluster.replicas.map((replica, index) => ({
        name: `server ${index + 1}`,
        kill: () => replica.kill(),
        start: () => replica.start(),
      })),
      { name: 'PostgreSQL', ...cluster.postgres },
      { name: 'Redis', ...cluster.redis },
    ],
    stored: async (testId) => {
      await Promise.all(cluster.replicas.map((replica) => replica.kill('SIGTERM')));
      return storedIn({ data: tmpdir(), databaseUrl: cluster.databaseUrl }, testId);
    },
    remove: () => cluster.remove(),
  };
}

/** One server on SQLite. */
export async function loneFleet(): Promise<Fleet> {
  const folder = await mkdtemp(join(tmpdir(), 'streamswarm-lone-'));
  // undefined would be "undefined" in a child's environment.
  const { DATABASE_URL: _database, REDIS_URL: _redis, ...environment } = process.env;
  const replica = new Replica({ folder, port: await freePort(), environment });
  await replica.start();
  return {
    url: replica.url,
    setUp: { url: replica.url, setupUrl: replica.setupUrl },
    victims: [{ name: 'the server', kill: () => replica.kill(), start: () => replica.start() }],
    stored: async (testId) => {
      await replica.kill('SIGTERM');
      return storedIn({ data: folder, databaseUrl: undefined }, testId);
    },
    remove: async () => {
      await replica.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
