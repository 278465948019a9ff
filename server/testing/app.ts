import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { createApp, type App } from '../app.js';
import { loadConfig, type ServerOptions } from '../config.js';

/** A real server on a free port with a database of its own, for tests. */
export interface TestApp extends App {
  readonly folder: string;
  /** What it logged, as parsed JSON lines. */
  readonly logged: readonly Record<string, unknown>[];
  /** Closes the server and removes its folder. */
  end(): Promise<void>;
}

/** Starts a server for a test; `folder` reuses the data of an earlier one. */
export async function startTestApp(options: ServerOptions = {}, folder?: string): Promise<TestApp> {
  const data = folder ?? (await mkdtemp(join(tmpdir(), 'streamswarm-server-')));
  const logged: Record<string, unknown>[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void logged.push(JSON.parse(line) as Record<string, unknown>) });
  const app = await createApp(loadConfig({ port: 0, data, ...options }, {}), log);
  const end = async (): Promise<void> => {
    await app.close();
    await rm(data, { recursive: true, force: true });
  };
  return { ...app, folder: data, logged, end };
}
