import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { createApp, type App } from '../app.js';
import type { Clock } from '../clock.js';
import { loadConfig, type ServerOptions } from '../config.js';
import { dropTestDatabase, ON_POSTGRES, testDatabase } from './test-database.js';

/** A real server on a free port with a database of its own, for tests. */
export interface TestApp extends App {
  readonly folder: string;
  /** What it logged, as parsed JSON lines. */
  readonly logged: readonly Record<string, unknown>[];
  /** Closes the server and removes its folder. */
  end(): Promise<void>;
}

/** Starts a server for a test; `folder` reuses the data of an earlier one, `clock` decides when sessions open and end. */
export async function startTestApp(options: ServerOptions = {}, folder?: string, clock?: Clock): Promise<TestApp> {
  const data = folder ?? (await mkdtemp(join(tmpdir(), 'streamswarm-server-')));
  const logged: Record<string, unknown>[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void logged.push(JSON.parse(line) as Record<string, unknown>) });
  const databaseUrl = options.databaseUrl ?? (await testDatabase(data));
  const app = await createApp(loadConfig({ port: 0, data, ...options, databaseUrl }, {}), log, clock);
  const end = async (): Promise<void> => {
    await app.close();
    if (databaseUrl !== undefined && ON_POSTGRES) await dropTestDatabase(databaseUrl);
    await rm(data, { recursive: true, force: true });
  };
  return { ...app, folder: data, logged, end };
}
