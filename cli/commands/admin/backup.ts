import type { Command } from 'commander';
import type { ServerConfig } from '../../../server/config.js';
import type { Backup } from '../../../server/services/backup/backup.js';
import type { Restored } from '../../../server/services/backup/restore.js';
import { adminCommand, print, type AdminOptions } from './options.js';
import { configOf, withAdministration } from './with-administration.js';

/** `streamswarm backup`: everything in one file, while the server runs. */
export function backupCommand(): Command {
  return adminCommand(
    'backup',
    'copy the database and the key of its secrets into one file, while the server runs, of an older version too',
  )
    .argument('<file>', 'the file to make; it must not exist. It holds secrets: only its owner can read it')
    .action(async (file: string, options: AdminOptions) => {
      const made = await backUp(await configOf(options), file);
      await remember(options, 'backup', file);
      print(options, made, () => {
        const needs =
          made.needs === undefined ? '' : ` The key of its secrets is not in it: to restore it takes this server's ${made.needs}.`;
        return `${file} is complete and was checked. It holds secrets: keep it where only administrators can read it.${needs}`;
      });
    });
}

async function backUp(config: ServerConfig, file: string): Promise<Backup> {
  if (config.databaseUrl !== undefined) {
    const { backUpPostgres } = await import('../../../server/services/backup/postgres-backup.js');
    return backUpPostgres(config.databaseUrl, config, file);
  }
  const sqlite = await import('../../../server/services/backup/backup.js');
  return sqlite.backUp(config, file);
}

/** `streamswarm restore`: a backup in the place of what is there. */
export function restoreCommand(): Command {
  return adminCommand('restore', 'put a backup in the place of the database and its key; the server must be stopped')
    .argument('<file>', 'a file that "streamswarm backup" made')
    .action(async (file: string, options: AdminOptions) => {
      const { loadConfig } = await import('../../../server/config.js');
      const restored = await restore(loadConfig({ data: options.data, databaseUrl: options.databaseUrl }), file);
      await remember(options, 'restore', file);
      const kept = restored.before === null ? '' : ` What was there before is in ${restored.before}.`;
      print(options, restored, () => `${file} is restored.${kept} Start the server.`);
    });
}

async function restore(config: ServerConfig, file: string): Promise<Restored> {
  if (config.databaseUrl !== undefined) {
    const { restorePostgres } = await import('../../../server/services/backup/postgres-restore.js');
    return restorePostgres(config.databaseUrl, config, file);
  }
  const sqlite = await import('../../../server/services/backup/restore.js');
  const { MIGRATIONS } = await import('../../../server/migrations/index.js');
  return sqlite.restore(
    config,
    file,
    MIGRATIONS.sqlite.map(({ name }) => name),
  );
}

/** In the audit log of the database as it is: what is backed up before an upgrade, or restored from before one, is older. */
async function remember(options: AdminOptions, action: string, file: string): Promise<void> {
  await withAdministration(options, ({ services, caller }) => services.audit.record(caller(), { action, details: { file } }), {
    olderSchema: true,
  });
}
