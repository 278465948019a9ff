import type { Command } from 'commander';
import { adminCommand, print, type AdminOptions } from './options.js';
import { configOf, withAdministration } from './with-administration.js';

/** `streamswarm backup`: everything in one file, while the server runs. */
export function backupCommand(): Command {
  return adminCommand('backup', 'copy the database and the key of its secrets into one file, while the server runs')
    .argument('<file>', 'the file to make; it must not exist. It holds secrets: only its owner can read it')
    .action(async (file: string, options: AdminOptions) => {
      const config = await configOf(options);
      const made =
        config.databaseUrl === undefined ? await backUpFolder(config.data, file) : await dump(config.databaseUrl, config.data, file);
      await withAdministration(options, ({ services, caller }) => services.audit.record(caller(), { action: 'backup', details: { file } }));
      print(options, made, () => `${file} is complete and was checked. It holds secrets: keep it where only administrators can read it.`);
    });
}

async function backUpFolder(folder: string, file: string): Promise<unknown> {
  const { backUp } = await import('../../../server/services/backup/backup.js');
  return backUp(folder, file);
}

async function dump(url: string, folder: string, file: string): Promise<unknown> {
  const { dumpPostgres } = await import('../../../server/services/backup/postgres-dump.js');
  await dumpPostgres(url, folder, file);
  return { file };
}

/** `streamswarm restore`: a backup in the place of what is there. */
export function restoreCommand(): Command {
  return adminCommand('restore', 'put a backup in the place of the database and its key; the server must be stopped')
    .argument('<file>', 'a file that "streamswarm backup" made')
    .action(async (file: string, options: AdminOptions) => {
      const { loadConfig } = await import('../../../server/config.js');
      const { data, databaseUrl } = loadConfig({ data: options.data, databaseUrl: options.databaseUrl });
      const restored = databaseUrl === undefined ? await restoreFolder(data, file) : await restoreDump(databaseUrl, data, file);
      await withAdministration(options, ({ services, caller }) =>
        services.audit.record(caller(), { action: 'restore', details: { file } }),
      );
      const kept = restored.before === null ? '' : ` What was there before is in ${restored.before}.`;
      print(options, restored, () => `${file} is restored.${kept} Start the server.`);
    });
}

interface Restored {
  readonly before: string | null;
}

async function restoreFolder(folder: string, file: string): Promise<Restored> {
  const { restore } = await import('../../../server/services/backup/restore.js');
  const { MIGRATIONS } = await import('../../../server/migrations/index.js');
  const known = MIGRATIONS.sqlite.map(({ name }) => name);
  return restore(folder, file, known);
}

async function restoreDump(url: string, folder: string, file: string): Promise<Restored> {
  const { restorePostgres } = await import('../../../server/services/backup/postgres-dump.js');
  await restorePostgres(url, folder, file);
  return { before: null };
}
