import type { Orm } from './orm.js';
import { MIGRATIONS } from './migrations/index.js';
import { dialectOf } from './services/store/dialect.js';

/** Which migrations a database has, oldest first: those of this version that are missing, and those that only a newer one knows. */
export interface SchemaState {
  readonly applied: readonly string[];
  readonly missing: readonly string[];
  readonly unknown: readonly string[];
}

/** Looks without changing anything: asked by itself, the migrator makes its table in whatever database it was given. */
export async function schemaState(orm: Orm): Promise<SchemaState> {
  const { kind } = dialectOf(orm.em);
  const table =
    kind === 'postgres'
      ? "select to_regclass('mikro_orm_migrations') as name"
      : "select name from sqlite_master where name = 'mikro_orm_migrations'";
  const names = async (sql: string): Promise<(string | null)[]> =>
    (await orm.em.getConnection().execute<{ name: string | null }[]>(sql)).map(({ name }) => name);
  const found = (await names(table)).some((name) => name !== null);
  const applied = (found ? await names('select name from mikro_orm_migrations order by id') : []).map(String);
  const known = MIGRATIONS[kind].map(({ name }) => name);
  return {
    applied,
    missing: known.filter((name) => !applied.includes(name)),
    unknown: applied.filter((name) => !known.includes(name)),
  };
}

/** @throws Error that says what to do, where the database has no tables, or those of another version; `older` is then no reason where it is allowed */
export async function requireSchema(orm: Orm, { allowOlder }: { readonly allowOlder: boolean }): Promise<void> {
  const { applied, missing, unknown } = await schemaState(orm);
  if (applied.length === 0)
    throw new Error('This database has no StreamSwarm in it: start a server on it first, or run "streamswarm migrate up".');
  if (unknown.length > 0) throw new Error(`This database is of a newer version, with ${unknown.join(', ')}: use that version's command.`);
  if (missing.length > 0 && !allowOlder) {
    throw new Error(
      `This database is of an older version, without ${missing.join(', ')}. Nothing was changed. Back it up, stop its servers, and bring it up to date by "streamswarm migrate up" or by starting the new server; or use the command of the version that runs.`,
    );
  }
}
