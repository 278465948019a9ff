import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Administration, AdministrationOptions } from '../../../server/admin.js';
import type { ServerConfig } from '../../../server/config.js';
import type { AdminOptions } from './options.js';

/** The configuration of the server that is meant. @throws Error where the folder has none, so that a typing error makes no new installation */
export async function configOf({ data, databaseUrl }: AdminOptions): Promise<ServerConfig> {
  // Loaded here: an agent, whose memory counts, is started by the same program and needs nothing of the server.
  const { loadConfig } = await import('../../../server/config.js');
  const config = loadConfig({ data, databaseUrl });
  if (config.databaseUrl === undefined && !existsSync(join(config.data, 'streamswarm.db')))
    throw new Error(`${config.data} has no StreamSwarm database: give the server's folder with --data, or start a server there first.`);
  return config;
}

/** Does something with the server's services, on its database. @throws Error where the database is of another version */
export async function withAdministration<T>(
  options: AdminOptions,
  work: (administration: Administration) => Promise<T>,
  how: AdministrationOptions = {},
): Promise<T> {
  const config = await configOf(options);
  const { openAdministration } = await import('../../../server/admin.js');
  const administration = await openAdministration(config, how);
  try {
    return await work(administration);
  } finally {
    await administration.close();
  }
}
