import { userInfo } from 'node:os';
import { pino, type Logger } from 'pino';
import { SYSTEM_CLOCK } from './clock.js';
import type { ServerConfig } from './config.js';
import { openDatabase } from './db.js';
import type { Orm } from './orm.js';
import { createServerPubSub } from './pubsub.js';
import { requireSchema } from './schema-state.js';
import type { Caller } from './services/audit.js';
import { createServices, type Services } from './services/index.js';
import { Telemetry } from './telemetry/telemetry.js';

/** The server's services on its database, without a server: for commands beside one that runs, which sees what they do within 5 s. */
export interface Administration {
  readonly orm: Orm;
  readonly services: Services;
  /** Whoever runs the command, `cli:NAME` in the audit log. */
  caller(): Caller;
  close(): Promise<void>;
}

/** `olderSchema`: also where migrations are missing, for what needs no more than the tables of the first version (the audit log, settings). */
export interface AdministrationOptions {
  readonly olderSchema?: boolean;
  readonly log?: Logger;
}

/** Opens the database for administration, as it is: nothing is migrated, nothing periodic begins. @throws Error when it cannot be opened, or is of another version */
export async function openAdministration(config: ServerConfig, options: AdministrationOptions = {}): Promise<Administration> {
  const { olderSchema = false, log = pino({ level: 'silent' }) } = options;
  const orm = await openDatabase(config, log, { migrate: false });
  try {
    await requireSchema(orm, { allowOlder: olderSchema });
  } catch (error) {
    await orm.close(true);
    throw error;
  }
  const services = createServices({ orm, config, pubsub: createServerPubSub(), log, clock: SYSTEM_CLOCK, telemetry: new Telemetry() });
  await services.settings.start();
  const identity = { kind: 'cli', username: userInfo().username } as const;
  return {
    orm,
    services,
    caller: () => ({ em: orm.em.fork(), identity, remoteAddress: 'this machine' }),
    async close() {
      await services.settings.stop();
      await services.store.close();
      await orm.close(true);
    },
  };
}
