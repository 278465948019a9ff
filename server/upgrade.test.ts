import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from './db.js';
import { Agent } from './entities/agent.js';
import { Test } from './entities/test.js';
import { User } from './entities/user.js';
import type { Orm } from './orm.js';
import { emptyPlace, removePlace, type Place } from './testing/place.js';
import { ON_POSTGRES } from './testing/test-database.js';

const SILENT = pino({ level: 'silent' });
const AT = new Date('2026-01-02T03:04:05.678Z');

// Only the columns that the migration of the time knew.
const USER = { id: 'u1', username: 'ada', role: 'ADMIN', active: true, password_hash: 'a hash', created_at: AT };
const AGENT = {
  ...{ id: 'a1', install_id: 'i1', name: 'Attic', hostname: 'attic.example', version: '0.1.0', secret_hash: 'another hash' },
  ...{ labels: '{"floor":"3"}', addresses: '["127.0.0.1"]', system: '{}', probes: '[]' },
  ...{ disabled: false, registered_at: AT, spooled_results: 0, dropped_results: 0 },
};
const TEST = {
  ...{ id: 't1', name: 'Harbours', revision: 3, topology: 'STAR', target_ids: '["g1"]', agent_ids: '["a1"]', probes: '[{"probe":"ping"}]' },
  ...{ interval_seconds: 2.5, timezone: 'UTC', recurrence: 'ONCE', status: 'DRAFT', created_by_id: 'u1', created_at: AT },
};
const TARGET = { id: 'g1', kind: 'HOST', address: 'harbour.example', host: 'harbour.example' };
const ASSIGNMENT = {
  ...{ test_id: 't1', agent_id: 'a1', target_id: 'g1', seed: '42', status: 'ACTIVE', results: 7, session_results: 5, created_at: AT },
};

describe('a database that the first migrations made', () => {
  let places: Place[];
  const open: Orm[] = [];

  beforeEach(async () => {
    places = [await emptyPlace(), await emptyPlace()];
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((orm) => orm.close(true)));
    for (const place of places) await removePlace(place);
  });

  async function opened(place: Place | undefined, migrate = true): Promise<Orm> {
    if (!place) throw new Error('there are two places');
    const orm = await openDatabase(place, SILENT, { migrate });
    open.push(orm);
    return orm;
  }

  it('goes to the newest with what it holds, and is then as a new one', async () => {
    const old = await opened(places[0], false);
    const insert = async (table: string, row: object): Promise<unknown> => old.em.getConnection().getKnex()(table).insert(row);
    const [first, second] = (await old.getMigrator().getPendingMigrations()).map(({ name }) => name);
    await old.getMigrator().up({ to: first });
    await insert('user', USER);
    await insert('agent', AGENT);
    await old.getMigrator().up({ to: second });
    await insert('target', TARGET);
    await insert('test', TEST);
    await insert('assignment', ASSIGNMENT);
    await old.close(true);
    open.splice(0);

    const upgraded = await opened(places[0]);
    const em = upgraded.em.fork();
    expect(await em.findOne(User, 'u1')).toMatchObject({ username: 'ada', role: 'ADMIN', active: true, createdAt: AT });
    expect(await em.findOne(Agent, 'a1')).toMatchObject({
      name: 'Attic',
      labels: { floor: '3' },
      addresses: ['127.0.0.1'],
      registeredAt: AT,
    });
    expect(await em.findOne(Test, 't1')).toMatchObject({ revision: 3, targetIds: ['g1'], intervalSeconds: 2.5, createdBy: { id: 'u1' } });
    const counted = await em.execute<{ results: number; seed: string }[]>('select results, seed from assignment');
    expect(counted).toEqual([{ results: 7, seed: '42' }]);

    expect(await upgraded.getMigrator().getPendingMigrations()).toEqual([]);
    expect(await shapeOf(upgraded)).toEqual(await shapeOf(await opened(places[1])));
  });
});

/** Every column and index of a database, in words. */
async function shapeOf(orm: Orm): Promise<string[]> {
  const query = ON_POSTGRES
    ? `select table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable as said from information_schema.columns where table_schema = 'public'
       union all select indexdef from pg_indexes where schemaname = 'public'`
    : `select t.name || '.' || c.name || ' ' || c.type || ' ' || c."notnull" || ' ' || c.pk as said from sqlite_master t, pragma_table_info(t.name) c where t.type = 'table'
       union all select coalesce(sql, name) from sqlite_master where type <> 'table'`;
  const rows = await orm.em.getConnection().execute<{ said: string }[]>(query);
  expect(rows.length).toBeGreaterThan(100);
  return rows.map(({ said }) => said).sort();
}
