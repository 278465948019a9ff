import type pg from 'pg';

/** Made by the migrator, and told by the header's list. */
export const MIGRATIONS_TABLE = 'mikro_orm_migrations';

/** A table as a backup has it: `partitions` by name, with what PostgreSQL says of their bounds. */
export interface BackupTable {
  readonly table: string;
  readonly columns: readonly string[];
  readonly partitions: Readonly<Record<string, string>>;
}

/** What of the schema is the database's own, extensions' things left out. */
const OURS = `c.relnamespace = current_schema()::regnamespace and not c.relispartition
  and not exists (select 1 from pg_depend d where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype = 'e')`;

const TABLES = `select c.relname as name from pg_class c where ${OURS} and c.relkind in ('r', 'p') order by 1`;
const COLUMNS = `select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = ''
  order by attnum`;
const PARTITIONS = `select c.relname as name, pg_get_expr(c.relpartbound, c.oid) as bounds from pg_inherits i join pg_class c on c.oid = i.inhrelid
  where i.inhparent = $1::regclass order by 1`;
const SEQUENCES = `select sequencename as name, last_value::text as value from pg_sequences
  where schemaname = current_schema() and last_value is not null and sequencename not like '${MIGRATIONS_TABLE}%' order by 1`;

/** Quotes a name for SQL. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** The tables of the database without that of the migrations; partitions count as part of theirs. */
export async function tableNames(client: pg.ClientBase): Promise<string[]> {
  return (await names(client, TABLES)).filter((name) => name !== MIGRATIONS_TABLE);
}

/** The names of the migrations that the database has, oldest first; none where it is new. */
export async function appliedMigrations(client: pg.ClientBase): Promise<string[]> {
  const known = await names(client, TABLES);
  return known.includes(MIGRATIONS_TABLE) ? names(client, `select name from ${MIGRATIONS_TABLE} order by id`) : [];
}

/** What a backup says of a table. */
export async function describeTable(client: pg.ClientBase, table: string): Promise<BackupTable> {
  const columns = await names(client, COLUMNS, [quoted(table)]);
  const { rows } = await client.query<{ name: string; bounds: string }>(PARTITIONS, [quoted(table)]);
  return { table, columns, partitions: Object.fromEntries(rows.map(({ name, bounds }) => [name, bounds])) };
}

/** The last value of each sequence that was used, as text: they are 64 bits wide. */
export async function sequences(client: pg.ClientBase): Promise<Record<string, string>> {
  const { rows } = await client.query<{ name: string; value: string }>(SEQUENCES);
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}

async function names(client: pg.ClientBase, sql: string, values: readonly string[] = []): Promise<string[]> {
  return (await client.query<{ name: string }>(sql, [...values])).rows.map(({ name }) => name);
}

/** Statements that leave nothing of the schema but the migrations' own table. Newer versions' tables go too, and whatever refers to ours. */
export async function emptyingStatements(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ kind: string; name: string }>(
    `select c.relkind as kind, c.relname as name from pg_class c where ${OURS} and c.relkind in ('v', 'm', 'r', 'p')`,
  );
  const kinds: Readonly<Record<string, string>> = { v: 'view', m: 'materialized view', r: 'table', p: 'table' };
  const relations = rows.filter(({ name }) => name !== MIGRATIONS_TABLE);
  const functions = await names(
    client,
    `select p.oid::regprocedure::text as name from pg_proc p where p.pronamespace = current_schema()::regnamespace
       and not exists (select 1 from pg_depend d where d.objid = p.oid and d.classid = 'pg_proc'::regclass and d.deptype = 'e')`,
  );
  const free = await names(
    client,
    `select c.relname as name from pg_class c where ${OURS} and c.relkind = 'S'
       and not exists (select 1 from pg_depend d where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype in ('a', 'i'))`,
  );
  return [
    ...relations.map(({ kind, name }) => `drop ${kinds[kind] ?? 'table'} if exists ${quoted(name)} cascade`),
    ...free.map((name) => `drop sequence if exists ${quoted(name)} cascade`),
    ...functions.map((name) => `drop function if exists ${name} cascade`),
    `delete from ${MIGRATIONS_TABLE}`,
  ];
}

/** A foreign key as it can be taken off and put on again. */
export interface ForeignKey {
  readonly table: string;
  readonly name: string;
  readonly definition: string;
}

/** Every foreign key of the schema; a partition's belong to its table's. */
export async function foreignKeys(client: pg.ClientBase): Promise<ForeignKey[]> {
  const { rows } = await client.query<{ table: string; name: string; definition: string }>(
    `select conrelid::regclass::text as table, conname as name, pg_get_constraintdef(oid) as definition from pg_constraint
     where contype = 'f' and conparentid = 0 and connamespace = current_schema()::regnamespace`,
  );
  return rows;
}
