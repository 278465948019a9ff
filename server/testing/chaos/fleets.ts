import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cluster } from '../cluster.js';
import { freePort } from '../program.js';
import { Replica } from '../replica.js';
import { storedIn, type Fleet, type TurnChange } from './fleet.js';

/** PostgreSQL itself writes down who had which turn, in the transaction that changed it. */
const LOG_TURNS = [
  'create table turn_log (number bigint generated always as identity, change jsonb not null)',
  `create function log_turn() returns trigger language plpgsql as $$ begin
     insert into turn_log (change) values (jsonb_build_object(
       'name', new.name, 'at', (extract(epoch from clock_timestamp()) * 1000)::bigint, 'holder', new.holder, 'occurrences', new.occurrences,
       'before', jsonb_build_object('holder', old.holder, 'heldUntil', old.held_until, 'dueAt', old.due_at, 'occurrences', old.occurrences)));
     return null; end $$`,
  'create trigger periodic_turn_log after update on periodic_turn for each row execute function log_turn()',
];

/** Three servers on PostgreSQL and Redis behind nginx: each of the servers and both databases may be killed. */
export async function clusterFleet(): Promise<Fleet> {
  const cluster = await Cluster.start();
  for (const statement of LOG_TURNS) await cluster.rows(statement);
  return {
    url: cluster.url,
    setUp: cluster.prints(),
    victims: [
      ...cluster.replicas.map((replica, index) => ({
        name: `server ${index + 1}`,
        needed: false,
        kill: () => replica.kill(),
        start: () => replica.start(),
      })),
      { name: 'PostgreSQL', needed: true, ...cluster.postgres },
      { name: 'Redis', needed: false, ...cluster.redis },
    ],
    stored: async () => {
      await Promise.all(cluster.replicas.map((replica) => replica.kill('SIGTERM')));
      const turns = (await cluster.rows<{ change: TurnChange }>('select change from turn_log order by number')).map(({ change }) => change);
      return { turns, ...(await storedIn({ data: tmpdir(), databaseUrl: cluster.databaseUrl })) };
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
    victims: [{ name: 'the server', needed: true, kill: () => replica.kill(), start: () => replica.start() }],
    stored: async () => {
      await replica.kill('SIGTERM');
      return { turns: [], ...(await storedIn({ data: folder, databaseUrl: undefined })) };
    },
    remove: async () => {
      await replica.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
