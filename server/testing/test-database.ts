import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { pino } from 'pino';
import { openDatabase } from '../db.js';

/** Names the environment variable with the URL of the run's PostgreSQL server; without it tests use SQLite. */
export const POSTGRES_URL = 'STREAMSWARM_TEST_POSTGRES_URL';

/** Whether tests run on PostgreSQL: for what is about SQLite alone, with the reason in its name. */
export const ON_POSTGRES = process.env.STREAMSWARM_TEST_DATABASE === 'postgres';

const TEMPLATE = 'streamswarm_template';
/** Names the lock under which one test at a time copies the template: PostgreSQL lets nobody in while it is copied. */
const TEMPLATE_LOCK = 4711;
const FILE = 'test-database';

/** The URL of a test server's own database, undefined for SQLite. A folder that was used before has its database still. */
export async function testDatabase(folder: string): Promise<string | undefined> {
  if (!ON_POSTGRES) return undefined;
  const file = join(folder, FILE);
  if (existsSync(file)) return readFileSync(file, 'utf8');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await asAdministrator(async (client) => {
    await client.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    await makeTemplate(client);
    await client.query(`create database ${name} template ${TEMPLATE}`);
  });
  const url = urlOf(name);
  await writeFile(file, url);
  return url;
}

/** An empty database, without any table; with a language's own rules for letters (ICU) where one is named, like `de`. */
export async function emptyPostgres(language?: string): Promise<string> {
  const name = `empty_${randomUUID().replaceAll('-', '')}`;
  const rules = language === undefined ? '' : ` template template0 locale_provider icu icu_locale '${language}'`;
  await asAdministrator((client) => client.query(`create database ${name}${rules}`));
  return urlOf(name);
}

/** Removes the database of a URL, whoever is still connected. */
export async function dropTestDatabase(url: string): Promise<void> {
  await asAdministrator((client) => client.query(`drop database if exists ${new URL(url).pathname.slice(1)} with (force)`));
}

async function makeTemplate(client: pg.Client): Promise<void> {
  const { rows } = await client.query('select 1 from pg_database where datname = $1', [TEMPLATE]);
  if (rows.length > 0) return;
  // Under another name first: a template that is half done is none.
  const draft = `${TEMPLATE}_draft`;
  await client.query(`drop database if exists ${draft} with (force)`);
  await client.query(`create database ${draft}`);
  const orm = await openDatabase({ data: '', databaseUrl: urlOf(draft) }, pino({ level: 'silent' }));
  await orm.close(true);
  await client.query(`alter database ${draft} rename to ${TEMPLATE}`);
}

async function asAdministrator(work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: administratorUrl() });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

function administratorUrl(): string {
  const url = process.env[POSTGRES_URL];
  if (url === undefined) throw new Error(`${POSTGRES_URL} is not set: vitest's project "server on PostgreSQL" sets it`);
  return url;
}

function urlOf(database: string): string {
  const url = new URL(administratorUrl());
  url.pathname = `/${database}`;
  return url.href;
}
