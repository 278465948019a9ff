import { spawn } from 'node:child_process';
import { chmod, copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { exists, KEY_FILE } from './backup.js';

/** Where the key of the secrets stands beside a dump. */
const keyBeside = (file: string): string => `${file}.${KEY_FILE}`;

/** Dumps a PostgreSQL database by pg_dump (custom format), and copies the key of its secrets to FILE.settings-key; both mode 0600. @throws Error */
export async function dumpPostgres(url: string, folder: string, file: string): Promise<void> {
  if (await exists(file)) throw new Error(`${file} exists already: choose another name, or remove it first.`);
  await run('pg_dump', ['--format=custom', '--no-owner', '--file', file], url);
  await chmod(file, 0o600);
  await copyFile(join(folder, KEY_FILE), keyBeside(file));
  await chmod(keyBeside(file), 0o600);
}

/** Puts a dump in the place of what the database has, in one transaction, and the key beside it into the folder. @throws Error */
export async function restorePostgres(url: string, folder: string, file: string): Promise<void> {
  if (!(await exists(keyBeside(file)))) throw new Error(`${keyBeside(file)} is missing: without that key the secrets cannot be read.`);
  await requireNoServer(url);
  const options = ['--clean', '--if-exists', '--no-owner', '--single-transaction', '--exit-on-error'];
  await run('pg_restore', [...options, '--dbname', new URL(url).pathname.slice(1), file], url);
  await copyFile(keyBeside(file), join(folder, KEY_FILE));
  await chmod(join(folder, KEY_FILE), 0o600);
}

/** @throws Error when a server is connected to the database */
async function requireNoServer(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query(
      "select 1 from pg_stat_activity where datname = current_database() and application_name like 'streamswarm%'",
    );
    if ((rowCount ?? 0) > 0) throw new Error('A server is connected to this database: stop every one of them first.');
  } finally {
    await client.end();
  }
}

/** The password goes through the environment: everybody on the host can read a command line. */
function run(program: string, args: readonly string[], url: string): Promise<void> {
  const { hostname, port, username, password, pathname } = new URL(url);
  const env = {
    ...process.env,
    ...{ PGHOST: hostname.replace(/^\[|\]$/g, ''), PGPORT: port || '5432', PGUSER: decodeURIComponent(username) },
    ...{ PGPASSWORD: decodeURIComponent(password), PGDATABASE: decodeURIComponent(pathname.slice(1)) },
  };
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'ENOENT' ? new Error(`${program} is not on the PATH: install PostgreSQL's client programs.`) : error);
    });
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`${program} failed: ${said.trim()}`))));
  });
}
