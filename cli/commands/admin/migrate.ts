import { Command } from 'commander';
import { pino } from 'pino';
import { adminCommand, print, type AdminOptions } from './options.js';
import { configOf } from './with-administration.js';

/** `streamswarm migrate`: which changes of the schema the database has, and bringing it up to date. */
export function migrateCommand(): Command {
  const migrate = new Command('migrate').description("the database's schema: a server brings it up to date by itself when it starts");
  const status = adminCommand('status', 'tell which migrations are in force and which are missing').action((options: AdminOptions) =>
    run(options, false),
  );
  const up = adminCommand('up', 'bring the database up to date; under a lock, however many do it at once').action((options: AdminOptions) =>
    run(options, true),
  );
  return migrate.addCommand(status).addCommand(up);
}

async function run(options: AdminOptions, migrate: boolean): Promise<void> {
  const { openDatabase } = await import('../../../server/db.js');
  const orm = await openDatabase(await configOf(options), pino({ level: 'silent' }), { migrate });
  try {
    const { schemaState } = await import('../../../server/schema-state.js');
    const { applied, missing } = await schemaState(orm);
    print(options, { applied, missing }, () =>
      [...applied.map((name) => `in force  ${name}`), ...missing.map((name) => `missing   ${name}`)].join('\n'),
    );
  } finally {
    await orm.close(true);
  }
}
