import { statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Orm } from './orm.js';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from './db.js';
import { User } from './entities/user.js';

describe('the database', () => {
  let folder: string;
  let orm: Orm;
  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'streamswarm-db-')), 'data');
    orm = await openDatabase({ data: folder }, pino({ level: 'silent' }));
  });
  afterEach(async () => {
    await orm.close(true);
    await rm(join(folder, '..'), { recursive: true });
  });

  const read = async (sql: string): Promise<unknown> => {
    const [row] = (await orm.em.getConnection().execute(sql)) as Record<string, unknown>[];
    return row && Object.values(row)[0];
  };

  it('keeps what was committed over a power cut, and checks references', async () => {
    expect(await read('pragma journal_mode')).toBe('wal');
    expect(await read('pragma synchronous')).toBe(2);
    expect(await read('pragma foreign_keys')).toBe(1);
    expect(await read('pragma busy_timeout')).toBe(10_000);
  });

  it('lies in a folder that only its owner can enter', () => {
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('is brought up to date once, however many open it together', async () => {
    const fresh = join(folder, '..', 'together');
    const opened = await Promise.all(Array.from({ length: 4 }, () => openDatabase({ data: fresh }, pino({ level: 'silent' }))));
    for (const each of opened) expect(await each.getMigrator().getPendingMigrations()).toEqual([]);
    await Promise.all(opened.map((each) => each.close(true)));
  });

  it('has a column for each property of each entity, and may be null where the property may', async () => {
    for (const meta of Object.values(orm.getMetadata().getAll())) {
      const rows = (await orm.em.getConnection().execute(`pragma table_info(\`${meta.tableName}\`)`)) as {
        name: string;
        notnull: number;
        pk: number;
      }[];
      const columns = Object.fromEntries(rows.map((row) => [row.name, row.notnull === 1 || row.pk > 0]));
      const stored = meta.props.filter(({ persist }) => persist !== false);
      const wanted = Object.fromEntries(
        stored.flatMap((property) => property.fieldNames.map((name) => [name, property.nullable !== true])),
      );
      expect({ table: meta.tableName, columns }).toMatchObject({ table: meta.tableName, columns: wanted });
    }
  });

  it('goes all the way down and up again', async () => {
    const migrator = orm.getMigrator();
    await migrator.down({ to: 0 });
    expect(
      await read("select count(*) from sqlite_master where type = 'table' and name not like 'mikro_orm%' and name not like 'sqlite_%'"),
    ).toBe(0);
    await migrator.up();
    expect(await orm.em.fork().count(User)).toBe(0);
  });
});
